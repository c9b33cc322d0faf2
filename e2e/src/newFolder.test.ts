import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotStart } from '@tickwatch/local'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordOf } from '../../local/src/process/identity.ts'
import { inNewFolder } from './newFolder.ts'

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'tickwatch-new-folder-'))
})
afterEach(() => rmSync(stateDir, { recursive: true }))

const write = (name: string, content = '') => writeFileSync(join(stateDir, name), content)
/** What a platform leaves in its folder: which process runs it, and how far it is. */
const writeState = (phase: string) =>
  write('local.json', JSON.stringify({ phase, supervisor: recordOf(process.pid), addresses: {} }))
const startsNothing = () => Promise.reject(new Error('it started'))

it('a folder in which a platform starts or runs is left as it is', async () => {
  write('secrets.json')
  for (const phase of ['starting', 'ready']) {
    writeState(phase)
    await expect(inNewFolder(stateDir, startsNothing)).rejects.toBeInstanceOf(CannotStart)
  }
  expect(readdirSync(stateDir).sort()).toEqual(['local.json', 'secrets.json'])
})

it('the folder of an earlier run is emptied, but for its browser and the list of its processes', async () => {
  for (const name of ['secrets.json', 'chromium']) write(name)
  writeState('stopped')
  expect(await inNewFolder(stateDir, async () => readdirSync(stateDir).sort())).toEqual(['chromium', 'local.json'])
})

it.runIf(process.platform === 'linux')(
  'of two runs at the same time, the second leaves the folder to the first',
  async () => {
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const first = inNewFolder(stateDir, async () => {
      write('secrets.json')
      await written
      writeState('ready')
    })
    const second = inNewFolder(stateDir, startsNothing)
    resolve()
    await expect(second).rejects.toBeInstanceOf(CannotStart)
    await first
    expect(existsSync(join(stateDir, 'secrets.json'))).toBe(true)
  },
)
