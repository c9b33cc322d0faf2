import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256Of } from '../archive.ts'
import { packPrograms } from './programs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-programs-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const programs = ['envoy', 'node_exporter', 'prometheus']

it('the same programs give the same tar, whenever they were made and whatever else is there', async () => {
  for (const name of programs) writeFileSync(join(dir, name), `program ${name}`)
  const first = await packPrograms(dir, join(dir, 'first.tar'))
  expect(first).toBe(sha256Of(readFileSync(join(dir, 'first.tar'))))
  for (const name of programs) utimesSync(join(dir, name), new Date(0), new Date(0))
  expect(await packPrograms(dir, join(dir, 'second.tar'))).toBe(first)
  writeFileSync(join(dir, 'envoy'), 'another program')
  expect(await packPrograms(dir, join(dir, 'third.tar'))).not.toBe(first)
})

it('says which program is missing, and what to do', async () => {
  for (const name of programs.slice(1)) writeFileSync(join(dir, name), '')
  await expect(packPrograms(dir, join(dir, 'programs.tar'))).rejects.toThrow(
    `envoy is missing in ${dir}. Run: npm run image:tools`,
  )
})
