import { type Interval, known } from './interval.ts'
import { median } from './median.ts'

// A process has work without any traffic, such as heartbeats. It weighs more on each sample of an instance that gets few, so
// instances are compared as if they had the same traffic.

/** What equal gateways with the same traffic need differs by about this part … */
const hostSpread = 0.05
/** … and what one needs without traffic is about so many cores, or nothing. */
const usualIdleCores = 0.01

export type Use = { samples: number; cpuSeconds: number }

/** The means of one side's instances in an interval. Null if nothing is known, or none had traffic. */
export function meanUse(instances: readonly Interval[]): Use | null {
  const uses = usesOf(instances)
  const mean = (of: keyof Use) => uses.reduce((sum, use) => sum + use[of], 0) / uses.length
  return mean('samples') > 0 ? { samples: mean('samples'), cpuSeconds: mean('cpuSeconds') } : null
}

const usesOf = (instances: readonly Interval[]): Use[] =>
  instances.flatMap((interval) => {
    const [samples, cpuSeconds] = [known(interval, 'samplesAdmitted'), known(interval, 'cpuSeconds')]
    return samples === null || cpuSeconds === null ? [] : [{ samples, cpuSeconds }]
  })

/** What a process needs without traffic, in cores, and by how much that may be wrong. */
export type Idle = { cores: number; doubtCores: number }

/**
 * What a process of the baseline needs without traffic, from how its instances differ: the medians over the intervals. Instances with
 * the same traffic say nothing of it, and neither does one alone.
 */
export function idleOf(points: readonly { baseline: readonly Interval[] }[], intervalSeconds: number): Idle {
  const found = points.flatMap(({ baseline }) => idleIn(baseline, intervalSeconds) ?? [])
  return {
    cores: Math.max(0, median(found.map(({ cores }) => cores)) ?? 0),
    doubtCores: median(found.map(({ doubtCores }) => doubtCores)) ?? 0,
  }
}

/**
 * Of one interval, the ridge regression of what each instance needs more than its part of the samples on what it has less of them. It
 * leads to 0, in doubt, as the traffic differs less, and as the processes need more for their samples. The doubt is two standard
 * deviations.
 */
function idleIn(instances: readonly Interval[], intervalSeconds: number): Idle | null {
  const mean = meanUse(instances)
  if (mean === null) return null
  const noise = (hostSpread * mean.cpuSeconds) / intervalSeconds
  let together = 0
  let own = (noise / usualIdleCores) ** 2
  for (const { samples, cpuSeconds } of usesOf(instances)) {
    const part = samples / mean.samples
    together += ((1 - part) * (cpuSeconds - part * mean.cpuSeconds)) / intervalSeconds
    own += (1 - part) ** 2
  }
  return own > 0 ? { cores: together / own, doubtCores: (2 * noise) / Math.sqrt(own) } : null
}

/** What such processes would need for each sample if they had another traffic, in seconds. */
export function perSampleAt(samples: number, { samples: own, cpuSeconds }: Use, idleSeconds: number): number {
  // They can't need more without traffic than they do with it.
  const idle = Math.min(idleSeconds, cpuSeconds)
  return (cpuSeconds - idle) / own + idle / samples
}
