import { idFault, idForms } from './ids.ts'

/** The name of a group of gateways that get each new policy at the same time. */
export type Ring = string

/** A step of publishing a version: a ring, and how long the next wave waits at most for gateways to attest. */
export type Wave = { ring: Ring; holdSeconds: number }

/** The hold of a wave if the list has none for it. */
const defaultHoldSeconds = 30
const holdSecondsMax = 86_400

const waveText = /^([^:]*)(?::(.*))?$/s

export class WavesError extends Error {
  override name = 'WavesError'
}

/**
 * Reads an ordered list of waves, `canary:60,early,fleet`: each is a ring, with its hold in seconds if that is not 30.
 * @throws WavesError that says what is wrong.
 */
export function parseWaves(text: string): Wave[] {
  const waves: Wave[] = []
  for (const part of text.split(',')) {
    const [, ring = '', hold] = waveText.exec(part.trim()) ?? []
    const fault = idFault(idForms.ring, ring)
    if (fault) throw new WavesError(`${JSON.stringify(ring)} can't name a ring: ${fault}`)
    if (waves.some((wave) => wave.ring === ring)) throw new WavesError(`the ring ${ring} is in two waves`)
    const holdSeconds = hold === undefined ? defaultHoldSeconds : /^\d{1,5}$/.test(hold) ? Number(hold) : Number.NaN
    if (!(holdSeconds <= holdSecondsMax)) {
      const given = JSON.stringify(hold)
      throw new WavesError(`the hold of ${ring} must be 0 to ${holdSecondsMax} whole seconds, not ${given}`)
    }
    waves.push({ ring, holdSeconds })
  }
  return waves
}
