/**
 * Keeps answers for `forMs`. One reading serves everyone who asks for the same key in that time, also while it is under
 * way; a failed one is forgotten at once. When it holds `keysMax` answers it forgets them all.
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

/** The same for one answer that is the same for everyone. */
export function keptFor<T>(forMs: number, read: () => Promise<T>): () => Promise<T> {
  const cache = createCache<T>(forMs, 1)
  return () => cache.get('', read)
}
