import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { MetricsWriter } from './metricsWriter.ts'
import { Probe } from './probe.ts'
import { intervalMs } from './prober.ts'
import { readLambdaSettings } from './settings.ts'

/** What is used of Lambda's context. */
type Context = { getRemainingTimeInMillis(): number }

/** Rounds of an invocation. EventBridge Scheduler invokes the function once a minute. */
const roundsMax = 5
/** The last probes have 10 s, and the last metrics 5 s. */
const endMs = 15_000

// They outlive an invocation: counters go on, and connections are reused.
let kept: { probe: Probe; writer: MetricsWriter } | null = null

function start(): { probe: Probe; writer: MetricsWriter } {
  const settings = readLambdaSettings(process.env)
  const log = pino({ name: 'probe', level: settings.logLevel })
  return {
    probe: new Probe(settings, log),
    writer: new MetricsWriter(settings.writersUrl, settings.metricsIdentity, log),
  }
}

/**
 * The probe as a function: probes for at most 50 s, and writes its metrics by remote write after each round, because nothing
 * scrapes a function. Give it a timeout of 70 s or more, and a reserved concurrency of 1.
 * @throws EnvironmentError with the name of each wrong variable.
 */
export async function handler(_event: unknown, context: Context): Promise<{ rounds: number }> {
  kept ??= start()
  const { probe, writer } = kept
  const rounds = Math.min(roundsMax, Math.floor((context.getRemainingTimeInMillis() - endMs) / intervalMs))
  if (rounds < 1)
    throw new RangeError(
      `the timeout of the function is too short: a round takes ${intervalMs} ms, and its end ${endMs} ms`,
    )
  await probe.run()
  for (let round = 0; round < rounds; round++) {
    await sleep(intervalMs)
    writer.offer(probe.metrics.families(), Date.now())
  }
  await probe.pause()
  writer.offer(probe.metrics.families(), Date.now())
  // What is not sent by then is sent in the next invocation.
  await Promise.race([
    writer.drained(),
    sleep(Math.max(0, context.getRemainingTimeInMillis() - 1_000), null, { ref: false }),
  ])
  return { rounds }
}
