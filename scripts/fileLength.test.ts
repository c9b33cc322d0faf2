import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const linesMax = 300
const notOurs = new Set(['node_modules', 'generated', '.next'])

it('no source file is too long to read at once', () => {
  const files = globSync('{apps,agents,bench,e2e,infra,local,packages,packer,scripts}/**/*.{ts,tsx,mjs}', {
    cwd: root,
    exclude: (path) => path.split('/').some((folder) => notOurs.has(folder)),
  })
  expect(files).toContain('scripts/fileLength.test.ts')
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1
  expect(files.filter((file) => lines(file) > linesMax)).toEqual([])
})
