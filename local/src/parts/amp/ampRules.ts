import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A rule groups namespace of AMP; the time is in seconds since the epoch. */
export type RuleNamespace = { name: string; data: Buffer; modifiedAt: number }

/** Prometheus rejected the rules. */
export class RulesRefused extends Error {
  override name = 'RulesRefused'
}

/** Rule groups namespaces, each kept as one rule file that Prometheus reads. */
export type RuleFiles = {
  list(): Promise<RuleNamespace[]>
  find(name: string): Promise<RuleNamespace | null>
  /** @throws RulesRefused after restoring the previous file. */
  save(name: string, data: Buffer): Promise<void>
}

const extension = '.rules.yaml'

/**
 * @param reload makes Prometheus read its rule files again; returns its reason if it rejects them, otherwise null.
 */
export async function openRuleFiles(dir: string, reload: () => Promise<string | null>): Promise<RuleFiles> {
  await mkdir(dir, { recursive: true })
  const fileOf = (name: string) => join(dir, `${encodeURIComponent(name)}${extension}`)
  // One change at a time: a reload checks all files, so a fault in another change would look like ours.
  let last: Promise<unknown> = Promise.resolve()

  async function find(name: string): Promise<RuleNamespace | null> {
    try {
      const [data, { mtimeMs }] = await Promise.all([readFile(fileOf(name)), stat(fileOf(name))])
      return { name, data, modifiedAt: mtimeMs / 1_000 }
    } catch (cause) {
      if (isMissing(cause)) return null
      throw cause
    }
  }

  /** Writes and renames, so that Prometheus never reads an incomplete file. */
  async function replace(name: string, data: Buffer): Promise<void> {
    const unfinished = `${fileOf(name)}.new`
    await writeFile(unfinished, data)
    await rename(unfinished, fileOf(name))
  }

  async function save(name: string, data: Buffer): Promise<void> {
    const before = await find(name)
    await replace(name, data)
    const refusal = await reload()
    if (refusal === null) return
    if (before) await replace(name, before.data)
    else await rm(fileOf(name))
    const stillRefused = await reload()
    if (stillRefused !== null) throw new Error(`Prometheus rejects its configuration: ${stillRefused}`)
    throw new RulesRefused(refusal)
  }

  return {
    find,
    async list() {
      const files = (await readdir(dir)).filter((file) => file.endsWith(extension)).sort()
      const found = await Promise.all(files.map((file) => find(decodeURIComponent(file.slice(0, -extension.length)))))
      return found.filter((namespace) => namespace !== null)
    },
    save(name, data) {
      const saved = last.then(() => save(name, data))
      // The caller gets the error. The next change only waits until this one has ended.
      last = saved.catch(() => undefined)
      return saved
    },
  }
}

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
