import type { TimeWindow } from '@tickwatch/remote-write'

/** AMP refuses older samples, and then answers the whole request with an error (`greater_than_max_sample_age`). */
const sampleAgeMaxMs = 3_600_000
/**
 * Cortex, on which AMP is built, refuses samples further ahead. A storage that accepts one refuses all samples of now,
 * of every tenant, because they are too old beside it.
 */
const sampleAheadMaxMs = 600_000

/** The times of the samples that are sent to AMP now. */
export const windowAt = (epochMs: number): TimeWindow => ({
  sinceMs: epochMs - sampleAgeMaxMs,
  untilMs: epochMs + sampleAheadMaxMs,
})
