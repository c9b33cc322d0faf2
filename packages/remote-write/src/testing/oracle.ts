import protobuf from 'protobufjs'

// The messages of the specifications, for another implementation, so that the two sides of a test can't have the same
// mistake. https://prometheus.io/docs/specs/prw/remote_write_spec/ and
// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/

const histogram = `
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3;
    sint32 schema = 4;
    double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8;
    repeated sint64 negative_deltas = 9;
    repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11;
    repeated sint64 positive_deltas = 12;
    repeated double positive_counts = 13;
    int32 reset_hint = 14;
    int64 timestamp = 15;
    repeated double custom_values = 16;
    %LATER%
  }`

const v1 = `syntax = "proto3"; package prometheus;
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
  message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  ${histogram.replace('%LATER%', '')}`

const v2 = `syntax = "proto3"; package io.prometheus.write.v2;
  message Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
  message TimeSeries {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
    repeated Exemplar exemplars = 4; Metadata metadata = 5; int64 created_timestamp = 6;
  }
  message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
  message Metadata { int32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
  ${histogram.replace('%LATER%', 'int64 start_timestamp = 17;')}`

const parse = (source: string, type: string) => protobuf.parse(source, { keepCase: true }).root.lookupType(type)
const types = { 1: parse(v1, 'prometheus.WriteRequest'), 2: parse(v2, 'io.prometheus.write.v2.Request') }

export type OracleLabel = { name: string; value: string }
export type OracleSample = { value: number; timestamp: number; start_timestamp?: number }
export type OracleHistogram = Record<string, unknown> & { timestamp: number }
export type OracleExemplar = { labels: OracleLabel[]; value: number; timestamp: number }
export type OracleMetadata = { type: number; metric_family_name: string; help: string; unit: string }
export type OracleSeries = {
  labels: OracleLabel[]
  samples: OracleSample[]
  exemplars: OracleExemplar[]
  histograms: OracleHistogram[]
}
export type OracleV1 = { timeseries: OracleSeries[]; metadata: OracleMetadata[] }
export type OracleV2 = {
  symbols: string[]
  timeseries: {
    labels_refs: number[]
    samples: OracleSample[]
    histograms: OracleHistogram[]
    exemplars: { labels_refs: number[]; value: number; timestamp: number }[]
    metadata?: { type: number; help_ref: number; unit_ref: number } | null
    created_timestamp?: number
  }[]
}

export const encodeOracleV1 = (request: OracleV1): Buffer => encode(1, request)
export const encodeOracleV2 = (request: OracleV2): Buffer => encode(2, request)

function encode(version: 1 | 2, request: object): Buffer {
  return Buffer.from(types[version].encode(types[version].fromObject(request)).finish())
}

/** @throws if the other implementation can't read the bytes. */
export function decodeOracleV1(bytes: Uint8Array): OracleV1 {
  return types[1].toObject(types[1].decode(bytes), {
    longs: Number,
    arrays: true,
    defaults: true,
    oneofs: false,
  }) as OracleV1
}

export function decodeOracleV2(bytes: Uint8Array): OracleV2 {
  return types[2].toObject(types[2].decode(bytes), {
    longs: Number,
    arrays: true,
    defaults: true,
    oneofs: false,
  }) as OracleV2
}

/** The labels as a storage must get them: those with a value, in the order of the names' bytes. */
export const canonicalLabels = (labels: readonly OracleLabel[]): OracleLabel[] =>
  labels
    .filter(({ value }) => value !== '')
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))

type Span = { offset: number; length: number }

/** Prometheus's own check of a native histogram (model/histogram, `Validate`), with exact numbers. */
export function prometheusAccepts(histogram: OracleHistogram): boolean {
  const list = <T>(field: string) => (histogram[field] ?? []) as T[]
  const isFloat = histogram.count_float !== undefined
  const bounds = list<number>('custom_values')
  const schema = Number(histogram.schema ?? 0)
  const zero = Number((isFloat ? histogram.zero_count_float : histogram.zero_count_int) ?? 0)
  let observed = BigInt(isFloat ? 0 : zero)
  for (const side of ['positive', 'negative']) {
    const spans = list<Span>(`${side}_spans`)
    const counts = list<number>(isFloat ? `${side}_counts` : `${side}_deltas`)
    if (spans.some(({ offset }, i) => i > 0 && offset < 0)) return false
    if (spans.reduce((sum, { length }) => sum + length, 0) !== counts.length) return false
    let last = 0n
    for (const count of counts) {
      if (isFloat && count < 0) return false
      if (isFloat) continue
      last += BigInt(count)
      if (last < 0n) return false
      observed += last
    }
    if (schema === -53 && side === 'negative' && spans.length + counts.length > 0) return false
    if (schema === -53 && side === 'positive') {
      if (spans[0] && spans[0].offset < 0) return false
      if (spans.reduce((sum, { offset, length }) => sum + offset + length, 0) > bounds.length + 1) return false
    }
  }
  if (schema === -53) {
    if (zero !== 0 || Number(histogram.zero_threshold ?? 0) !== 0) return false
    if (!bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] as number))))
      return false
  } else if (schema < -4 || schema > 8 || bounds.length > 0) return false
  // Only a count below zero is refused, so NaN passes.
  if (isFloat) return !(Number(histogram.count_float) < 0 || zero < 0)
  const count = BigInt(Number(histogram.count_int ?? 0))
  return Number.isNaN(Number(histogram.sum ?? 0)) ? observed <= count : observed === count
}
