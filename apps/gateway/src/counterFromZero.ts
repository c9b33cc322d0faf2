import { Counter, type LabelValues, type Registry } from 'prom-client'

/** One series: what was counted before its second exposition waits. */
type Child<L extends string> = { labels: LabelValues<L>; waiting: number; exposures: 0 | 1 | 2 }

/**
 * A counter each of whose series is 0 in the first exposition that has it. Prometheus counts only what a series grows by
 * from one scrape to the next. Without the 0 it would never see what was counted before the first scrape, and a tenant
 * that was refused once would seem never to have been refused.
 */
export class CounterFromZero<L extends string> {
  readonly #counter: Counter<L>
  readonly #labelNames: readonly L[]
  readonly #children = new Map<string, Child<L>>()

  constructor(name: string, help: string, labelNames: L[], registry: Registry) {
    this.#labelNames = labelNames
    const collect = () => this.#expose()
    this.#counter = new Counter<L>({ name, help, labelNames, registers: [registry], collect })
  }

  inc(labels: LabelValues<L>, value = 1): void {
    const key = this.#labelNames.map((name) => labels[name]).join('\n')
    const child = this.#children.get(key)
    if (child?.exposures === 2) this.#counter.inc(labels, value)
    else if (child) child.waiting += value
    else {
      this.#counter.inc(labels, 0)
      this.#children.set(key, { labels, waiting: value, exposures: 0 })
    }
  }

  /** Drops all series that have this label. */
  remove(name: L, value: string): void {
    for (const [key, { labels }] of this.#children) {
      if (labels[name] !== value) continue
      this.#counter.remove(labels)
      this.#children.delete(key)
    }
  }

  #expose(): void {
    for (const child of this.#children.values()) {
      if (child.exposures === 1) this.#counter.inc(child.labels, child.waiting)
      if (child.exposures < 2) child.exposures++
    }
  }
}
