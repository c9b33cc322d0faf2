/**
 * One reading serves all who ask within `ms`, also those who ask while it is under way; a failed one is forgotten at once.
 * For answers that are the same for everyone and may be that old.
 */
export function keptFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { untilMs: number; reading: Promise<T> } | null = null
  return () => {
    if (kept && kept.untilMs > performance.now()) return kept.reading
    const reading = read()
    kept = { untilMs: performance.now() + ms, reading }
    reading.catch(() => {
      if (kept?.reading === reading) kept = null
    })
    return reading
  }
}
