// The judge of rollouts on simulated fleets: how many rollouts of a good image it rolls back, how many images that are 30 %
// slower it finds, and how soon the state machine wants a rollback once bad data are there. The simulation says what it takes a
// fleet to be like (packages/rollout/src/testing/fleet.ts); the other noises are printed beside it. And how much of a core one
// worker needs to follow 50 groups of 20 instances.
import { type Noise, otherNoises, usualNoise } from '../packages/rollout/src/testing/fleet.ts'
import { type Random, randomFrom } from '../packages/rollout/src/testing/random.ts'
import { judgeWave } from '../packages/rollout/src/testing/simulate.ts'
import { machine, quantile, rounded } from './lib/platform.ts'
import { decisionSeconds } from './rollout/decide.ts'
import { followMany } from './rollout/worker.ts'

const rollouts = { usual: 1_000, other: 200 }
const comparedWaves = 2
const slower = { slowerTimes: 1.3 }
const held = { decisionSeconds: 60, falseRollbackRatio: 0.01, foundAt30PercentRatio: 0.95, workerCoreRatio: 0.05 }

const startedAt = performance.now()
const step = (what: string) =>
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${what}`)
const shareOf = (count: number, of: () => boolean) => Array.from({ length: count }, of).filter(Boolean).length / count

/** A rollout goes through its compared waves, and is rolled back as soon as one fails. */
const isRolledBack = (random: Random, noise: Noise) => () =>
  Array.from({ length: comparedWaves }).some(() => judgeWave(random, noise, comparedWaves).outcome === 'fail')

function judgeOn(noise: Noise, count: number) {
  const random = randomFrom(20_261_129)
  const falseRollbackRatio = shareOf(count, isRolledBack(random, noise))
  const waves = Array.from({ length: count }, () => judgeWave(random, noise, comparedWaves, slower))
  const found = waves.filter(({ outcome }) => outcome === 'fail')
  const figures = {
    falseRollbackRatio,
    foundAt30PercentRatio: found.length / count,
    passedAt30PercentRatio: waves.filter(({ outcome }) => outcome === 'pass').length / count,
    foundAfterIntervalsP50: quantile(
      waves.map(({ intervals }) => intervals),
      0.5,
    ),
    foundAfterIntervalsP95: quantile(
      waves.map(({ intervals }) => intervals),
      0.95,
    ),
  }
  const percent = (ratio: number) => `${rounded(ratio * 100, 1)} %`
  step(
    `${noise.name}: ${percent(falseRollbackRatio)} of ${count} good images rolled back; of those 30 % slower ${percent(figures.foundAt30PercentRatio)} found, half of them within ${figures.foundAfterIntervalsP50} intervals`,
  )
  return figures
}

/** Harm that is there in each interval from its first one on. */
const faults = {
  oneSampleLost: { samplesLost: 1 },
  fivePercent5xx: { errorRatio: 0.05 },
  fourTimesAsSlow: { slowerTimes: 4 },
  threeTimesTheCpu: { cpuTimes: 3 },
}
/** Harm that must first grow. */
const leak = { leakRatio: 0.05 }

function decisions(fault: object) {
  const random = randomFrom(7)
  const seconds = Array.from({ length: 100 }, () => decisionSeconds(random, fault))
  return { p50Seconds: rounded(quantile(seconds, 0.5), 1), p95Seconds: rounded(quantile(seconds, 0.95), 1) }
}

const usual = judgeOn(usualNoise, rollouts.usual)
const others = Object.fromEntries(otherNoises.map((noise) => [noise.name, judgeOn(noise, rollouts.other)]))
const byFault = Object.fromEntries(Object.entries(faults).map(([name, fault]) => [name, decisions(fault)]))
for (const [name, { p95Seconds }] of Object.entries(byFault)) step(`${name}: decided within ${p95Seconds} s`)

const worker = await followMany()
step(`a worker follows ${worker.readyInstances} instances with ${rounded(worker.workerCoreRatio * 100, 1)} % of a core`)

const figures = {
  decisionSeconds: Math.max(...Object.values(byFault).map(({ p95Seconds }) => p95Seconds ?? Number.POSITIVE_INFINITY)),
  falseRollbackRatio: usual.falseRollbackRatio,
  foundAt30PercentRatio: usual.foundAt30PercentRatio,
  workerCoreRatio: rounded(worker.workerCoreRatio, 4) ?? Number.NaN,
}
const pass =
  figures.decisionSeconds <= held.decisionSeconds &&
  figures.falseRollbackRatio <= held.falseRollbackRatio &&
  figures.foundAt30PercentRatio >= held.foundAt30PercentRatio &&
  figures.workerCoreRatio <= held.workerCoreRatio
const awsCallsPerSecond = rounded(worker.awsCallsPerSecond, 1)
const details = { usual, others, byFault, leakOf5PercentPerInterval: decisions(leak), awsCallsPerSecond }
console.log(JSON.stringify({ bench: 'rollout', rollouts, ...figures, ...details, held, pass, machine }))
if (!pass) process.exitCode = 1
