import type { Interval } from '../judge/interval.ts'
import type { JudgedInstance, Sides } from '../judge/points.ts'
import { normal, poisson, type Random } from './random.ts'

/** How the figures of equal gateways differ. Spreads are standard deviations of the logarithm: 0.15 is about 15 %. */
export type Noise = {
  name: string
  /** Of the time to first byte, from interval to interval. That of CPU is a third of it. */
  spread: number
  /** Of neighbouring intervals of one instance. */
  correlation: number
  /** Between instances, as long as they run. */
  hosts: number
  /** Of what all instances share, such as the traffic, which changes slowly. */
  common: number
  /** What is unlike in the traffic of instances, as long as they run; what each has in an interval; and what it needs without any. */
  traffic?: { spread: number; samples: number; requests: number; idleCores: number }
}

/** What we take a fleet to be like. The bench also says how the judge does on the others. */
export const usualNoise: Noise = { name: 'usual', spread: 0.15, correlation: 0.3, hosts: 0.03, common: 0.1 }
export const otherNoises: readonly Noise[] = [
  { name: 'quiet', spread: 0.05, correlation: 0, hosts: 0.01, common: 0 },
  { name: 'loud', spread: 0.3, correlation: 0.3, hosts: 0.03, common: 0.1 },
  { name: 'sluggish', spread: 0.15, correlation: 0.6, hosts: 0.03, common: 0.3 },
  { name: 'unequal hosts', spread: 0.15, correlation: 0.3, hosts: 0.06, common: 0.1 },
  {
    ...{ name: 'unequal traffic', spread: 0.15, correlation: 0.3, hosts: 0.03, common: 0.1 },
    traffic: { spread: 0.3, samples: 30_000, requests: 300, idleCores: 0.012 },
  },
  {
    // As the fleet of `npm start`: a process needs more for itself than for its samples.
    ...{ name: 'little traffic', spread: 0.3, correlation: 0.3, hosts: 0.05, common: 0.1 },
    traffic: { spread: 0.35, samples: 4_500, requests: 25, idleCores: 0.012 },
  },
]

/** What the candidate does from an interval on, counted from 0. */
export type Fault = Partial<{
  from: number
  slowerTimes: number
  cpuTimes: number
  /** Of what it has at first, in each interval more. */
  leakRatio: number
  errorRatio: number
  samplesLost: number
}>

const sameTraffic = { spread: 0, samples: 30_000, requests: 300, idleCores: 0 }
const means = { firstByte: 0.01, cpuPerSample: 0.000_02, memory: 400 * 2 ** 20, errors: 0.0003, refusals: 0.002 }

/** A canary of one and a baseline of three, all warm, over so many intervals of 15 s that begin at 0. */
export function fleet(random: Random, intervals: number, noise: Noise, fault: Fault = {}): Sides {
  const common = correlated(random, intervals, 0.95, noise.common)
  const instance = (id: string, own: Fault): JudgedInstance => {
    const host = () => normal(random) * noise.hosts
    const firstByte = figure(random, intervals, noise.correlation, noise.spread, host())
    const cpu = figure(random, intervals, noise.correlation, noise.spread / 3, host())
    const memory = figure(random, intervals, 0.95, 0.02, host())
    const { spread, idleCores, ...traffic } = noise.traffic ?? sameTraffic
    const share = spread === 0 ? 1 : Math.exp(normal(random) * spread)
    const [samples, requests] = [Math.round(traffic.samples * share), Math.round(traffic.requests * share)]
    const at = (i: number): Interval => {
      const isBad = i >= (own.from ?? 0)
      const busy = Math.exp(common[i] ?? 0)
      return {
        endSeconds: (i + 1) * 15,
        requests,
        samplesAdmitted: samples,
        samplesLost: i === (own.from ?? 0) ? (own.samplesLost ?? 0) : 0,
        restarts: 0,
        responses5xx: poisson(random, requests * (isBad ? (own.errorRatio ?? means.errors) : means.errors)),
        responses429: poisson(random, requests * means.refusals),
        firstByteP99Seconds: means.firstByte * busy * (firstByte[i] ?? 1) * (isBad ? (own.slowerTimes ?? 1) : 1),
        cpuSeconds:
          (idleCores * 15 + samples * means.cpuPerSample * busy) * (cpu[i] ?? 1) * (isBad ? (own.cpuTimes ?? 1) : 1),
        memoryBytes: means.memory * (memory[i] ?? 1) * (1 + (isBad ? (own.leakRatio ?? 0) * (i - (own.from ?? 0)) : 0)),
      }
    }
    return { id, readySeconds: -3_600, intervals: Array.from({ length: intervals }, (_, i) => at(i)) }
  }
  return {
    canary: [instance('canary-1', fault)],
    baseline: ['a', 'b', 'c'].map((zone) => instance(`gateway-${zone}`, {})),
  }
}

const figure = (random: Random, length: number, correlation: number, spread: number, host: number) =>
  correlated(random, length, correlation, spread).map((value) => Math.exp(value + host))

/** A first-order autoregression with this standard deviation. */
function correlated(random: Random, length: number, correlation: number, spread: number): number[] {
  const own = Math.sqrt(1 - correlation ** 2)
  const values: number[] = []
  for (let i = 0; i < length; i++) {
    const before = values[i - 1]
    values.push(before === undefined ? normal(random) * spread : correlation * before + own * normal(random) * spread)
  }
  return values
}
