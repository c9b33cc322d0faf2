import { Scratch } from '@tickwatch/remote-write'

/** More idle buffers than this are left to the garbage collector. */
const idleMax = 64
/** Much more than a usual request needs: what an unusual one has grown is not kept, so that all idle ones hold 64 MiB at most. */
const idleBytesMax = 1_048_576

/** Buffers for requests that wait for AMP: each is held from packing to AMP's answer. */
export class BufferPool {
  readonly #idle: Scratch[] = []

  borrow(): Scratch {
    return this.#idle.pop() ?? new Scratch()
  }

  giveBack(buffer: Scratch): void {
    if (this.#idle.length < idleMax && buffer.bytes.length <= idleBytesMax) this.#idle.push(buffer)
  }
}
