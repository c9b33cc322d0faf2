import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rulesInFile } from '@tickwatch/slo'

/** A rule groups namespace of AMP; the time is in seconds since the epoch. */
export type RuleNamespace = { name: string; data: Buffer; modifiedAt: number }

/** Prometheus rejected the rules. */
export class RulesRefused extends Error {
  override name = 'RulesRefused'
}

/** The workspace would have more rules than AMP allows. */
export class TooManyRules extends Error {
  override name = 'TooManyRules'
}

/** Rule groups namespaces, each kept as one rule file that Prometheus reads. */
export type RuleFiles = {
  list(): Promise<RuleNamespace[]>
  find(name: string): Promise<RuleNamespace | null>
  /** @throws RulesRefused after restoring the previous file, TooManyRules */
  save(name: string, data: Buffer): Promise<void>
  remove(name: string): Promise<void>
}

const extension = '.rules.yaml'

/**
 * @param rulesMax rules of all namespaces together
 * @param reload makes Prometheus read its rule files again; returns its reason if it rejects them, otherwise null.
 */
export async function openRuleFiles(
  dir: string,
  rulesMax: number,
  reload: () => Promise<string | null>,
): Promise<RuleFiles> {
  await mkdir(dir, { recursive: true })
  const fileOf = (name: string) => join(dir, `${encodeURIComponent(name)}${extension}`)
  // One change at a time: a reload checks all files, so a fault in another change would look like ours.
  let last: Promise<unknown> = Promise.resolve()

  function inTurn(change: () => Promise<void>): Promise<void> {
    const made = last.then(change)
    // The caller gets the error. The next change only waits until this one has ended.
    last = made.catch(() => undefined)
    return made
  }

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

  async function list(): Promise<RuleNamespace[]> {
    const files = (await readdir(dir)).filter((file) => file.endsWith(extension)).sort()
    const found = await Promise.all(files.map((file) => find(decodeURIComponent(file.slice(0, -extension.length)))))
    return found.filter((namespace) => namespace !== null)
  }

  async function save(name: string, data: Buffer): Promise<void> {
    const others = (await list()).filter((other) => other.name !== name)
    const rules = [...others.map((other) => other.data), data].reduce((sum, file) => sum + rulesInFile(`${file}`), 0)
    if (rules > rulesMax) throw new TooManyRules(`The workspace would have ${rules} rules, of at most ${rulesMax}.`)
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
    list,
    save: (name, data) => inTurn(() => save(name, data)),
    remove: (name) =>
      inTurn(async () => {
        await rm(fileOf(name), { force: true })
        await reload()
      }),
  }
}

const isMissing = (cause: unknown) => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
