/**
 * Caches answers for `forMs`. All callers that ask for the same key in that time share one read, also while it still
 * runs. A failed read is removed at once. When the cache is full, with `keysMax` answers, it is emptied.
 */
export function createCache<T>(forMs: number, keysMax: number) {
  const kept = new Map<string, { untilMs: number; reading: Promise<T> }>()
  return {
    get(key: string, read: () => Promise<T>): Promise<T> {
      const known = kept.get(key)
      if (known && known.untilMs > performance.now()) return known.reading
      if (kept.size >= keysMax) kept.clear()
      const reading = read()
      kept.set(key, { untilMs: performance.now() + forMs, reading })
      reading.catch(() => {
        if (kept.get(key)?.reading === reading) kept.delete(key)
      })
      return reading
    },
    clear: () => kept.clear(),
  }
}

/** The same cache for a single answer. */
export function keptFor<T>(forMs: number, read: () => Promise<T>): () => Promise<T> {
  const cache = createCache<T>(forMs, 1)
  return () => cache.get('', read)
}
