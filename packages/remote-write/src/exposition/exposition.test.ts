import protobuf from 'protobufjs'
import { expect, it } from 'vitest'
import { ExponentialHistogram } from '../sender/index.ts'
import { acceptsProtobuf, encodeFamilies, familiesText, type MetricFamily } from './index.ts'

/** Of https://github.com/prometheus/client_model, read by another implementation. */
const { root } = protobuf.parse(
  `syntax = "proto2"; package io.prometheus.client;
  message LabelPair { optional string name = 1; optional string value = 2; }
  message Value { optional double value = 1; }
  message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
  message Histogram {
    optional uint64 sample_count = 1; optional double sample_sum = 2; optional sint32 schema = 5;
    optional double zero_threshold = 6; optional uint64 zero_count = 7;
    repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13;
  }
  message Metric {
    repeated LabelPair label = 1; optional Value gauge = 2; optional Value counter = 3; optional Histogram histogram = 7;
  }
  message MetricFamily { optional string name = 1; optional string help = 2; optional int32 type = 3; repeated Metric metric = 4; }`,
  { keepCase: true },
)
const familyType = root.lookupType('io.prometheus.client.MetricFamily')

function decoded(bytes: Buffer): unknown[] {
  const reader = protobuf.Reader.create(bytes)
  const families: unknown[] = []
  while (reader.pos < reader.len)
    families.push(familyType.toObject(familyType.decodeDelimited(reader), { longs: Number }))
  return families
}

const ages = new ExponentialHistogram()
for (const seconds of [0.2, 0.2, 1, 8, 9]) ages.observe(seconds, 1)
const histogram = ages.snapshot()

const families: MetricFamily[] = [
  { name: 'tries_total', help: 'Tries.', type: 'counter', metrics: [{ labels: ['to', 'a"\\\nb'], value: 3 }] },
  { name: 'tenants', help: 'Tenants.', type: 'gauge', metrics: [{ labels: [], value: 0.5 }] },
  { name: 'nothing', help: 'No series yet.', type: 'gauge', metrics: [] },
  {
    name: 'age_seconds',
    help: 'Ages.',
    type: 'histogram',
    metrics: [{ labels: ['tenant_id', 'acme'], value: histogram }],
  },
]

it('the protobuf format has each family with its series, and native histograms', () => {
  expect(decoded(encodeFamilies(families))).toEqual([
    {
      ...{ name: 'tries_total', help: 'Tries.', type: 0 },
      metric: [{ label: [{ name: 'to', value: 'a"\\\nb' }], counter: { value: 3 } }],
    },
    { name: 'tenants', help: 'Tenants.', type: 1, metric: [{ gauge: { value: 0.5 } }] },
    {
      ...{ name: 'age_seconds', help: 'Ages.', type: 4 },
      metric: [
        {
          label: [{ name: 'tenant_id', value: 'acme' }],
          histogram: {
            ...{ sample_count: 5, sample_sum: histogram.sum, schema: 3, zero_threshold: 2 ** -128, zero_count: 0 },
            positive_span: histogram.positiveSpans,
            positive_delta: histogram.positiveDeltas,
          },
        },
      ],
    },
  ])
})

it('the text format has a native histogram as a classic one', () => {
  const lines = familiesText(families).split('\n')
  expect(lines).toContain('tries_total{to="a\\"\\\\\\nb"} 3')
  expect(lines).toContain('# TYPE tenants gauge')
  expect(lines).toContain('tenants 0.5')
  expect(lines.filter((line) => line.includes('nothing'))).toEqual([])
  const buckets = ['0.0625', '0.25', '0.5', '1', '4', '8', '16', '+Inf'].map((le) => {
    const start = `age_seconds_bucket{tenant_id="acme",le="${le}"} `
    return Number(lines.find((line) => line.startsWith(start))?.slice(start.length))
  })
  expect(buckets).toEqual([0, 2, 2, 3, 3, 4, 5, 5])
  expect(lines).toContain('age_seconds_count{tenant_id="acme"} 5')
})

it('a scrape gets the protobuf format only if it asks for it', () => {
  // What Prometheus 2.42 sends with and without native histograms.
  const text = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1'
  const both = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,${text}`
  expect([both, text, undefined].map(acceptsProtobuf)).toEqual([true, false, false])
})
