import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idForms } from './ids.ts'
import { compileLabelSchema, judgeSeries, labelSchemaFault, platformLabelSchema } from './labelSchema.ts'
import { resolveLimits } from './limits.ts'
import { type RefusalReason, refusalReasons } from './refusals.ts'

const schema = compileLabelSchema(platformLabelSchema)
const limits = resolveLimits({
  'labels.namesPerSeriesMax': 5,
  'labels.nameBytesMax': 12,
  'labels.valueBytesMax': 20,
})
const judge = (...labels: string[]) => judgeSeries(schema, limits, 'acme', labels)

describe('judgeSeries accepts', () => {
  it.each<[string, string[]]>([
    ['a metric name alone', ['__name__', 'frames_total']],
    ['a metric name with colons, like those of recording rules', ['__name__', 'job:frames:rate5m']],
    ['allowed labels with any value', ['__name__', 'm', 'queue', 'Ä ö@x.y', 'shard_id', '7']],
    ['structural labels', ['__name__', 'm_bucket', 'instance', 'i', 'job', 'j', 'le', '+Inf']],
    ['labels that an extension allows for the metric', ['__name__', 'node_cpu', 'cpu', '0', 'mode', 'idle']],
    ['a metric that an extension names in full', ['__name__', 'up', 'version', '1.2']],
    ['the maximum number of labels', ['__name__', 'm', 'az', 'a', 'le', '1', 'queue', 'q', 'region', 'r']],
    ['a value of exactly the maximum size', ['__name__', 'm', 'az', 'ä'.repeat(10)]],
    ['the labels of a pair of senders', ['__name__', 'm', '__replica__', 'r', 'cluster', 'acme:1']],
    ['any cluster without __replica__', ['__name__', 'm', 'cluster', 'globex:1']],
  ])('%s', (_case, labels) => {
    expect(judge(...labels)).toBeNull()
  })
})

describe('the scope labels of the OpenTelemetry Collector', () => {
  const judgeScope = (label: string, value: string) =>
    judgeSeries(schema, resolveLimits({}), 'acme', ['__name__', 'http_server_duration_seconds_count', label, value])

  it.each([
    ['otel_scope_name', 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp'],
    [
      'otel_scope_name',
      'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/cpu',
    ],
    ['otel_scope_name', '@opentelemetry/instrumentation-http'],
    ['otel_scope_name', 'Microsoft.AspNetCore.Hosting'],
    ['otel_scope_name', 'game::net'],
    ['otel_scope_version', '0.165.0'],
    ['otel_scope_version', 'v1.2.3-rc.1+build.7'],
    ['otel_scope_version', '(devel)'],
    ['otel_scope_schema_url', 'https://opentelemetry.io/schemas/1.26.0'],
  ])('%s is stored with the value %s', (label, value) => {
    expect(judgeScope(label, value)).toBeNull()
  })

  it.each([
    ['otel_scope_name', 'ann@example.org'],
    ['otel_scope_name', 'Ann Example'],
    ['otel_scope_name', 'x'.repeat(129)],
    ['otel_scope_version', '1.0 of ann'],
    ['otel_scope_version', '1'.repeat(65)],
    ['otel_scope_schema_url', 'https://example.org/?player=ann'],
    ['otel_scope_schema_url', 'https://ann@example.org/1.0'],
    ['otel_scope_schema_url', 'player-7'],
  ])('%s is refused with the value %s, because it is more than a name and a version', (label, value) => {
    expect(judgeScope(label, value)).toMatchObject({ reason: 'label-value' })
  })

  it.each(['otel_scope_player', 'otel_scope_attributes'])('%s, an attribute of a scope, is refused', (label) => {
    expect(judgeScope(label, 'x')).toMatchObject({ reason: 'label-name' })
  })
})

describe('judgeSeries refuses', () => {
  it.each<[string, RefusalReason, string[], RegExp, string]>([
    [
      'one label too many',
      'label-count',
      ['__name__', 'm', 'az', 'a', 'cluster', 'c', 'le', '1', 'queue', 'q', 'region', 'r'],
      /^series of m has 6 labels$/,
      '5 labels',
    ],
    ['a label twice', 'label-invalid', ['__name__', 'm', 'az', 'a', 'az', 'b'], /it has label "az" twice$/, 'distinct'],
    ['a malformed label name', 'label-invalid', ['__name__', 'm', 'a-z', 'a'], /"a-z" is not a label name/, 'letters'],
    ['an empty label name', 'label-invalid', ['', 'a', '__name__', 'm'], /"" is not a label name/, 'letters'],
    ['no metric name', 'label-invalid', ['az', 'a'], /^a series without a name: the metric name/, '__name__'],
    ['no labels', 'label-invalid', [], /metric name is missing/, '__name__'],
    ['a malformed metric name', 'label-invalid', ['__name__', 'a b'], /"a b" is not a metric name$/, 'letters'],
    [
      'a metric name with a line after it',
      'label-invalid',
      ['__name__', 'm\n'],
      /"m\\n" is not a metric name/,
      'letters',
    ],
    ['a label name too long', 'label-name-bytes', ['__name__', 'm', 'a'.repeat(13), 'x'], /^series of m /, '12 bytes'],
    [
      'a value too long',
      'label-value-bytes',
      ['__name__', 'm', 'az', 'a'.repeat(21)],
      /label az that is too/,
      '20 bytes',
    ],
    ['a value too long in bytes', 'label-value-bytes', ['__name__', 'm', 'az', 'ä'.repeat(11)], /label az/, '20 bytes'],
    ['a metric name too long', 'label-value-bytes', ['__name__', 'm'.repeat(21)], /label __name__/, '20 bytes'],
    [
      'a label that only the platform sets',
      'label-reserved',
      ['__name__', 'm', 'tenant', 'acme'],
      /sets the label tenant/,
      'platform',
    ],
    [
      'a label that the schema does not allow',
      'label-name',
      ['__name__', 'm', 'player_id', '7'],
      /label player_id/,
      'schema',
    ],
    ["another metric's label", 'label-name', ['__name__', 'm', 'device', 'sda'], /label device/, 'schema'],
    [
      'a metric that only starts with an allowed name',
      'label-name',
      ['__name__', 'upper', 'version', '1'],
      /version/,
      'schema',
    ],
    [
      'a value that does not match its pattern',
      'label-value',
      ['__name__', 'node_cpu', 'cpu', 'x'],
      /label cpu/,
      '[0-9]{1,4}',
    ],
    [
      'a value that matches only at its start',
      'label-value',
      ['__name__', 'node_cpu', 'cpu', '0x'],
      /label cpu/,
      '[0-9]',
    ],
    ['a value with a line after it', 'label-value', ['__name__', 'node_cpu', 'cpu', '0\n'], /label cpu/, '[0-9]'],
  ])('%s', (_case, reason, labels, detail, limit) => {
    const refusal = judge(...labels)
    expect(refusal?.reason).toBe(reason)
    expect(refusal?.detail).toMatch(detail)
    expect(refusal?.limit).toContain(limit)
    expect(refusal?.remedy).not.toBe('')
  })

  it.each([
    ['metric', ['__name__', 'http.server.duration']],
    ['label', ['__name__', 'm', 'http.route', '/']],
  ])('a UTF-8 %s name with what to set in the senders that send such names', (_which, labels) => {
    const remedy = judge(...labels)?.remedy
    expect(remedy).toMatch(/Prometheus 3 set metric_name_escaping_scheme: underscores/)
    expect(remedy).toMatch(/Collector translation_strategy: UnderscoreEscapingWithSuffixes/)
    expect(remedy?.length).toBeLessThan(300)
  })

  it('for every reason about labels: each has a case above', () => {
    const judged = ['label-count', 'label-invalid', 'label-name', 'label-name-bytes', 'label-reserved']
    const reasons = Object.keys(refusalReasons).filter((reason) => reason.startsWith('label-'))
    expect(reasons.toSorted()).toEqual([...judged, 'label-value', 'label-value-bytes'].toSorted())
  })

  it('without a label value in its answer, because values may be personal data', () => {
    const secret = 'ann@example.org'
    const series = [
      ['__name__', 'm', 'player', secret],
      ['__name__', 'node_cpu', 'cpu', secret],
      ['__name__', 'm', 'tenant', secret],
      ['__name__', 'm', 'az', secret.repeat(3)],
      ['__name__', 'm', 'az', secret, 'az', secret],
      ['az', secret],
    ]
    for (const labels of series) {
      const refusal = judge(...labels)
      expect(refusal).not.toBeNull()
      expect(JSON.stringify(refusal)).not.toContain(secret)
    }
  })

  it('with a short answer, whatever the labels', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('x'.repeat(5_000), '-'.repeat(5_000)),
      fc.constant('__name__'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), (pairs) => {
        const refusal = judge(...pairs.flat())
        expect(JSON.stringify(refusal).length).toBeLessThan(1_500)
      }),
    )
  })
})

describe('a series with __replica__', () => {
  const ofPair = (tenantId: string, cluster: string) =>
    judgeSeries(schema, resolveLimits({}), tenantId, ['__name__', 'm', '__replica__', 'r', 'cluster', cluster])

  it.each([
    ['another tenant’s pair', 'globex:1'],
    ['a pair of a tenant whose name begins alike', 'acme-2:1'],
    ['another tenant’s pair after its own name', 'acme:globex:1'],
    ['its own pair after another tenant’s name', 'globex:acme:1'],
    ['a tenth pair', 'acme:10'],
    ['pair 0', 'acme:0'],
    ['a name that any tenant may use', 'eu-1'],
    ['the name of its tenant alone', 'acme'],
    ['a line after its pair', 'acme:1\n'],
  ])('is refused if its cluster is %s', (_which, cluster) => {
    const refusal = ofPair('acme', cluster)
    expect(refusal).toMatchObject({ reason: 'label-value', limit: 'acme:1 to acme:9' })
    expect(refusal?.detail).toMatch(
      /^series of m has the label __replica__, but its label cluster does not name a pair/,
    )
    expect(refusal?.remedy).toContain('to acme:1, of the next pair to acme:2')
  })

  it('is refused without a cluster, because AMP would store both senders of the pair', () => {
    expect(judge('__name__', 'm', '__replica__', 'r')).toMatchObject({ reason: 'label-value' })
  })

  it('never has a cluster that AMP could compare with that of another tenant, and a tenant has at most nine', () => {
    const tenantId = fc.stringMatching(idForms.tenant.pattern, { size: 'small' })
    const between = fc.constantFrom('', ':', '-', ':1', ':9', '1', '/', '\n')
    fc.assert(
      fc.property(tenantId, tenantId, between, between, (a, b, first, last) => {
        fc.pre(a !== b)
        for (const cluster of [`${a}${first}`, `${a}${first}${b}${last}`, `${first}${a}${last}`, `${a}:1${last}`]) {
          const accepting = [a, b, `${a}-${b}`].filter((tenant) => ofPair(tenant, cluster) === null)
          expect(accepting.length).toBeLessThanOrEqual(1)
          for (const tenant of accepting) expect(cluster.slice(tenant.length)).toMatch(/^:[1-9]$/)
        }
        for (const number of '123456789') expect(ofPair(a, `${a}:${number}`)).toBeNull()
      }),
    )
  })
})

describe('the platform label schema', () => {
  it('is valid', () => {
    expect(labelSchemaFault(platformLabelSchema)).toBeNull()
  })

  it('lets the gateways report every refusal reason', () => {
    for (const reason of Object.keys(refusalReasons)) {
      const labels = ['__name__', 'tickwatch_ingest_refused_samples_total', 'reason', reason, 'tenant_id', 'acme']
      expect(judgeSeries(schema, resolveLimits({}), 'acme', labels)).toBeNull()
    }
  })

  it('allows no label that it reserves', () => {
    for (const name of schema.reserved) expect(schema.allowed.has(name)).toBe(false)
  })
})
