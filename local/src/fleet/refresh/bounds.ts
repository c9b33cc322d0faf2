import type { RefreshPreferences } from '../model.ts'

/** How many instances of a group are in service at least while others are replaced, and how many it has at most. */
export type Bounds = { inServiceMin: number; liveMax: number }

/**
 * The minimum is rounded up and the maximum down. If that leaves no room to replace even one instance, Auto Scaling does it
 * all the same: with an explicit maximum, or a minimum of 100 %, it launches one first; otherwise it ends one first
 * (`MaxHealthyPercentage` in the API's reference).
 */
export function boundsOf(
  { minHealthyPercent, maxHealthyPercent }: Pick<RefreshPreferences, 'minHealthyPercent' | 'maxHealthyPercent'>,
  desired: number,
): Bounds {
  const inServiceMin = Math.ceil((desired * minHealthyPercent) / 100)
  const liveMax = Math.floor((desired * (maxHealthyPercent ?? 100)) / 100)
  if (inServiceMin < liveMax || desired === 0) return { inServiceMin, liveMax }
  const launchesFirst = maxHealthyPercent !== null || minHealthyPercent === 100
  return launchesFirst ? { inServiceMin, liveMax: liveMax + 1 } : { inServiceMin: inServiceMin - 1, liveMax }
}
