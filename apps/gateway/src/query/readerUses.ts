import { type ReaderUse, readerUseResolutionMs, readerUsesMax } from '@tickwatch/policy'

/** When each reader's token was last used, until the control plane knows it. */
export class ReaderUses {
  /** By the token's hash, in milliseconds since the epoch; `reportedMs` is the use that the control plane knows. */
  readonly #uses = new Map<string, { usedMs: number; reportedMs: number }>()

  /** @param epochMs now */
  add(sha256: string, epochMs: number): void {
    const use = this.#uses.get(sha256)
    if (use) use.usedMs = epochMs
    else this.#uses.set(sha256, { usedMs: epochMs, reportedMs: Number.NEGATIVE_INFINITY })
  }

  /** The uses to report, at most {@link readerUsesMax}. The others come first the next time. */
  due(): ReaderUse[] {
    const due: ReaderUse[] = []
    for (const [sha256, { usedMs, reportedMs }] of this.#uses) {
      if (due.length >= readerUsesMax) break
      if (usedMs - reportedMs >= readerUseResolutionMs) due.push({ sha256, usedAt: new Date(usedMs).toISOString() })
    }
    return due
  }

  /** Notes what the control plane has received, and forgets what a later use does not need. */
  reported(uses: readonly ReaderUse[], epochMs: number): void {
    for (const { sha256, usedAt } of uses) {
      const use = this.#uses.get(sha256)
      if (!use) continue
      // To the end of the map, so that the tokens of the next report are others.
      this.#uses.delete(sha256)
      this.#uses.set(sha256, { usedMs: use.usedMs, reportedMs: Date.parse(usedAt) })
    }
    for (const [sha256, { usedMs, reportedMs }] of this.#uses) {
      const isKnown = usedMs - reportedMs < readerUseResolutionMs
      if (isKnown && epochMs - reportedMs >= readerUseResolutionMs) this.#uses.delete(sha256)
    }
  }
}
