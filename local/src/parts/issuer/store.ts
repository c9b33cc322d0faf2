import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

type Entry = { payload: AdapterPayload; expiresAtMs: number | null }
export type GrantStore = { adapter: AdapterFactory; flush(): void }

const writeDelayMs = 100

/** Keeps the issuer's sessions, grants and tokens in one file, so that a restart does not sign people out. */
export function openGrantStore(file: string): GrantStore {
  const entries = new Map<string, Entry>(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [])
  let timer: NodeJS.Timeout | undefined
  mkdirSync(dirname(file), { recursive: true })

  const live = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key)
    return entry && (entry.expiresAtMs === null || entry.expiresAtMs > Date.now()) ? entry.payload : undefined
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    for (const key of entries.keys()) if (!live(key)) entries.delete(key)
    writeFileSync(`${file}.new`, JSON.stringify([...entries]), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const changed = () => {
    timer ??= setTimeout(flush, writeDelayMs).unref()
  }
  const removeWhere = (condition: (payload: AdapterPayload) => boolean) => {
    for (const [key, { payload }] of entries) if (condition(payload)) entries.delete(key)
    changed()
  }
  const findWhere = (prefix: string, condition: (payload: AdapterPayload) => boolean) => {
    for (const key of entries.keys()) {
      const payload = key.startsWith(prefix) ? live(key) : undefined
      if (payload && condition(payload)) return payload
    }
    return undefined
  }

  const adapter = (model: string): Adapter => {
    const prefix = `${model}:`
    return {
      upsert: async (id, payload, expiresIn) => {
        entries.set(prefix + id, { payload, expiresAtMs: expiresIn ? Date.now() + expiresIn * 1_000 : null })
        changed()
      },
      find: async (id) => live(prefix + id),
      findByUid: async (uid) => findWhere(prefix, (payload) => payload.uid === uid),
      findByUserCode: async (userCode) => findWhere(prefix, (payload) => payload.userCode === userCode),
      consume: async (id) => {
        const payload = live(prefix + id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
        changed()
      },
      destroy: async (id) => {
        entries.delete(prefix + id)
        changed()
      },
      // Removes the tokens and codes of the grant. The grant itself is destroyed by its own id.
      revokeByGrantId: async (grantId) => removeWhere((payload) => payload.grantId === grantId),
    }
  }
  return { adapter, flush }
}
