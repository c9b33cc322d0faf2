import { Scratch } from '@tickwatch/remote-write'

/** More idle buffers than this are left to the garbage collector. */
const idleMax = 64

/** Buffers for requests that wait for AMP: each is held from packing to AMP's answer. */
export class BufferPool {
  readonly #idle: Scratch[] = []

  borrow(): Scratch {
    return this.#idle.pop() ?? new Scratch()
  }

  giveBack(buffer: Scratch): void {
    if (this.#idle.length < idleMax) this.#idle.push(buffer)
  }
}
