import type { MachineOrder, Machines } from '../fleet.ts'
import type { MachineState } from '../refresh/machines.ts'

/** Machines without processes: each is ready when it is seen for the second time, unless its image never is. */
export class FakeMachines implements Machines {
  readonly neverReady = new Set<string>()
  readonly orders = new Map<string, MachineOrder>()
  readonly #states = new Map<string, MachineState>()

  launch(order: MachineOrder): void {
    this.orders.set(order.instance.id, order)
    this.#states.set(order.instance.id, 'starting')
  }

  terminate(id: string): void {
    this.#states.set(id, 'ended')
  }

  /** What the process of an instance does by itself. */
  become(id: string, state: MachineState): void {
    this.#states.set(id, state)
  }

  async seen(): Promise<ReadonlyMap<string, MachineState>> {
    const now = new Map(this.#states)
    for (const [id, state] of now) {
      const image = this.orders.get(id)?.imageId ?? ''
      if (state === 'starting' && !this.neverReady.has(image)) this.#states.set(id, 'ready')
      if (state === 'ended') this.#states.delete(id)
    }
    return now
  }
}
