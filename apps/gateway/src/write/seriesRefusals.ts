import { describeSeries, type LimitName, type ResolvedLimits, type SeriesRefusal } from '@tickwatch/policy'
import type { LabelFault } from '@tickwatch/remote-write'

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

const tooMuch = {
  labels: ['label-count', 'labels.namesPerSeriesMax', 'labels', 'send fewer labels'],
  'name bytes': ['label-name-bytes', 'labels.nameBytesMax', 'bytes', 'shorten the label name'],
  'value bytes': ['label-value-bytes', 'labels.valueBytesMax', 'bytes', 'shorten the label value'],
} as const satisfies Record<string, [SeriesRefusal['reason'], LimitName, unit: string, remedy: string]>

/** @param labels of which the series may have more, if it has too much */
export function badLabels(labels: readonly string[], fault: LabelFault, limits: ResolvedLimits): SeriesRefusal {
  if (fault.tooMuch === null) {
    const detail = `${describeSeries(labels)} ${fault.text}`
    return { reason: 'label-invalid', detail, limit: 'well-formed labels in UTF-8', remedy: fixSender }
  }
  const [reason, limit, unit, remedy] = tooMuch[fault.tooMuch]
  const series = labels.includes('__name__') ? describeSeries(labels) : 'a series'
  return { reason, detail: `${series} ${fault.text}`, limit: `${limits[limit]} ${unit}`, remedy }
}

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
  detail: `${describeSeries(labels)}: an exemplar has a label that is not UTF-8 or does not exist, or more than 4,096 bytes`,
  limit: 'well-formed exemplars',
  remedy: fixSender,
})

export const badMetadata = (count: number): SeriesRefusal => ({
  reason: 'metadata-invalid',
  detail: `${count} metadata entries have a text that is not UTF-8 or does not exist`,
  limit: 'UTF-8',
  remedy: fixSender,
})
