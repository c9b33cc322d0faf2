/** Runs a task again and again, one run at a time. The task returns the milliseconds until its next run. */
export class Repeater {
  readonly #task: () => Promise<number>
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #dueAtMs = 0
  #startedAtMs = Number.NEGATIVE_INFINITY
  #soonMs: number | null = null
  #stopped = false

  /** @param task handles the errors that it expects. Any other is a bug: it ends the process. */
  constructor(task: () => Promise<number>) {
    this.#task = task
  }

  /**
   * Runs the task now, or when the current run has ended, and at least `gapMs` after the last run began. Several calls
   * before that cause one run.
   */
  soon(gapMs: number): void {
    if (this.#stopped) return
    const waitMs = Math.max(0, this.#startedAtMs + gapMs - performance.now())
    if (this.#running) this.#soonMs = Math.min(this.#soonMs ?? waitMs, waitMs)
    else this.#schedule(waitMs)
  }

  /** Waits for the current run. No other run follows. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delayMs: number): void {
    const dueAtMs = performance.now() + delayMs
    if (this.#timer) {
      if (this.#dueAtMs <= dueAtMs) return
      clearTimeout(this.#timer)
    }
    this.#dueAtMs = dueAtMs
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#running = this.#run()
    }, delayMs)
  }

  async #run(): Promise<void> {
    this.#startedAtMs = performance.now()
    const nextMs = await this.#task()
    this.#running = null
    const delayMs = this.#soonMs === null ? nextMs : Math.min(this.#soonMs, nextMs)
    this.#soonMs = null
    if (!this.#stopped) this.#schedule(delayMs)
  }
}
