import { describeSeries, type SeriesRefusal } from '@tickwatch/policy'

const fixSender = 'fix the sender: use a Prometheus client library'

export const tooOld: SeriesRefusal = {
  reason: 'too-old',
  detail: 'samples are older than the storage accepts',
  limit: '1 h',
  remedy: "send samples within 1 h; check the sender's clock and its backlog",
}

export const tooNew: SeriesRefusal = {
  reason: 'too-new',
  detail: 'samples are further in the future than the storage accepts',
  limit: '10 min',
  remedy: "check the sender's clock, and the timestamps that its targets set",
}

export const overLimit = (seriesMax: number): SeriesRefusal => ({
  reason: 'active-series',
  detail: 'new series would exceed the limit',
  limit: `${seriesMax} active series`,
  remedy: 'send fewer label combinations, or raise the limit in the portal',
})

/** @param fault worded to follow "the series" */
export const badLabels = (labels: readonly string[], fault: string): SeriesRefusal => ({
  reason: 'label-invalid',
  detail: `${describeSeries(labels)} ${fault}`,
  limit: 'UTF-8',
  remedy: fixSender,
})

/** @param fault worded to follow "a native histogram" */
export const badHistogram = (labels: readonly string[], fault: string): SeriesRefusal => ({
  reason: 'histogram-invalid',
  detail: `${describeSeries(labels)}: a native histogram ${fault}`,
  limit: 'native histograms that Prometheus accepts',
  remedy: fixSender,
})

export const tooManyBuckets = (labels: readonly string[]): SeriesRefusal => ({
  reason: 'histogram-invalid',
  detail: `${describeSeries(labels)}: its custom buckets are too many to store as series of a classic histogram`,
  limit: '32 MiB of such series per request',
  remedy: 'use fewer custom buckets or labels, or send smaller batches',
})

export const badExemplar = (labels: readonly string[]): SeriesRefusal => ({
  reason: 'exemplar-invalid',
  detail: `${describeSeries(labels)}: an exemplar has a label that is not UTF-8 or does not exist`,
  limit: 'UTF-8',
  remedy: fixSender,
})

export const badMetadata = (count: number): SeriesRefusal => ({
  reason: 'metadata-invalid',
  detail: `${count} metadata entries have a text that is not UTF-8 or does not exist`,
  limit: 'UTF-8',
  remedy: fixSender,
})
