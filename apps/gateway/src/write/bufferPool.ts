import { Scratch } from '@tickwatch/remote-write'

/** The pool keeps at most this many idle buffers. The garbage collector frees the others. */
const idleMax = 64
/** Larger buffers are not kept, so that all idle ones hold at most 64 MiB. A usual request needs much less. */
const idleBytesMax = 1_048_576

/** Buffers for requests that wait for AMP. A request holds one from packing until AMP's answer. */
export class BufferPool {
  readonly #idle: Scratch[] = []

  borrow(): Scratch {
    return this.#idle.pop() ?? new Scratch()
  }

  giveBack(buffer: Scratch): void {
    if (this.#idle.length < idleMax && buffer.bytes.length <= idleBytesMax) this.#idle.push(buffer)
  }
}
