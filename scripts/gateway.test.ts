import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type * as lib from './lib/gateway.mjs'

let clone: string
let gateway: typeof lib

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'tickwatch-gateway-'))
  await cp(join(import.meta.dirname, 'lib'), join(clone, 'scripts', 'lib'), { recursive: true })
  gateway = await import(join(clone, 'scripts', 'lib', 'gateway.mjs'))
  for (const room of gateway.gatewayRooms) await write(`${room}/src/index.ts`, room)
  await write('package-lock.json', '{}')
})
afterEach(() => rm(clone, { recursive: true }))

async function write(path: string, content: string) {
  await mkdir(join(clone, path, '..'), { recursive: true })
  await writeFile(join(clone, path), content)
}

it('a build counts until one of its sources, a package or its file changes', async () => {
  expect(gateway.builtGateway()).toBeNull()
  await write('.cache/gateway/built.json', JSON.stringify({ sources: gateway.gatewaySources(), sha256: 'ab' }))
  expect(gateway.builtGateway()).toBeNull()
  await write('.cache/gateway/ab.tar', '')
  const built = { sha256: 'ab', file: join(clone, '.cache/gateway/ab.tar') }
  expect(gateway.builtGateway()).toEqual(built)

  await write('apps/gateway/src/index.test.ts', 'a test is not part of it')
  expect(gateway.builtGateway()).toEqual(built)
  for (const file of ['apps/gateway/src/index.ts', 'packages/promql/src/index.ts', 'package-lock.json']) {
    await write(file, 'changed')
    expect(gateway.builtGateway(), file).toBeNull()
    await write(file, file === 'package-lock.json' ? '{}' : file.replace('/src/index.ts', ''))
    expect(gateway.builtGateway(), file).toEqual(built)
  }
})
