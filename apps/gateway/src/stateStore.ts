import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeAtomically } from './atomicFile.ts'
import { sharesFormat, wholeShares } from './shares/sharesFormat.ts'
import type { Shares } from './tenant/tenants.ts'

/** A policy as we received it. It is verified again before it is enforced. */
export type SavedPolicy = { manifest: string; gzip: Uint8Array }

const policyFile = z.object({ manifest: z.string(), gzipBase64: z.base64() })
const sharesFile = z.object(sharesFormat)

/**
 * What a gateway needs to boot without the control plane and AWS: the last policy and the last shares, in its state
 * folder. The bundle and its manifest are one file, so that they always belong together.
 */
export class StateStore {
  readonly #dir: string

  constructor(dir: string) {
    this.#dir = dir
  }

  /** @throws Error of the file system, or for a file that is not ours. */
  async loadPolicy(): Promise<SavedPolicy | null> {
    const text = await readIfThere(join(this.#dir, 'policy.json'))
    if (text === null) return null
    const { manifest, gzipBase64 } = policyFile.parse(JSON.parse(text))
    return { manifest, gzip: Buffer.from(gzipBase64, 'base64') }
  }

  async savePolicy({ manifest, gzip }: SavedPolicy): Promise<void> {
    await this.#save('policy.json', { manifest, gzipBase64: Buffer.from(gzip).toString('base64') })
  }

  /** @throws Error of the file system, or for a file that is not ours. */
  async loadShares(): Promise<Shares | null> {
    const text = await readIfThere(join(this.#dir, 'shares.json'))
    if (text === null) return null
    const saved = sharesFile.parse(JSON.parse(text))
    return { byTenant: new Map(Object.entries(wholeShares(saved))), defaultShare: saved.defaultShare }
  }

  async saveShares({ byTenant, defaultShare }: Shares): Promise<void> {
    await this.#save('shares.json', { shares: Object.fromEntries(byTenant), defaultShare })
  }

  async #save(name: string, content: object): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    await writeAtomically(join(this.#dir, name), JSON.stringify(content))
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
