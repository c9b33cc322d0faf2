import { idForms } from './ids.ts'
import type { ResolvedLimits } from './limits.ts'
import type { RefusalReason } from './refusals.ts'

/** Labels allowed on series whose metric name matches; patterns are anchored regular expressions. */
export type LabelExtension = { metricPattern: string; labels: Record<string, string> }
export type LabelSchema = { allowed: string[]; structural: string[]; reserved: string[]; extensions: LabelExtension[] }

const anyValue = '[\\s\\S]*'

/** The platform's schema. The extensions are for the agents that the platform ships, and for what senders add by default. */
export const platformLabelSchema: LabelSchema = {
  allowed: ['region', 'az', 'cluster', 'shard_id', 'instance_type', 'build_id', 'queue', 'asn_bucket'],
  structural: ['__name__', 'le', 'quantile', 'job', 'instance', '__replica__'],
  reserved: ['tenant'],
  extensions: [
    // The OpenTelemetry Collector adds these to every series unless it is told not to. `@` may only be first, as in an npm
    // package's name, so that no e-mail address gets in. `(devel)` is the version of a Go program built from a checkout.
    {
      metricPattern: '.*',
      labels: {
        otel_scope_name: '@?[A-Za-z0-9._/:+-]{1,128}',
        otel_scope_version: '[A-Za-z0-9._+-]{1,64}|\\(devel\\)',
        otel_scope_schema_url: 'https?://[A-Za-z0-9.-]{1,64}(:[0-9]{1,5})?(/[A-Za-z0-9._-]{1,32}){0,6}',
      },
    },
    {
      metricPattern: 'node_.*',
      labels: {
        cpu: '[0-9]{1,4}',
        mode: '[a-z_]{1,32}',
        device: '[A-Za-z0-9_.:/-]{1,128}',
        fstype: '[a-z0-9._]{1,32}',
        mountpoint: '/[^\\n]{0,255}',
        collector: '[a-z0-9_]{1,32}',
      },
    },
    {
      metricPattern: '(go|process|promhttp|prometheus|nodejs|scrape)_.*|up',
      labels: {
        version: '[A-Za-z0-9._+-]{1,64}',
        code: '[0-9]{3}',
        handler: '[a-z0-9_/-]{1,64}',
        kind: '[a-z]{1,16}',
        type: '[A-Za-z_]{1,32}',
        space: '[a-z_]{1,32}',
        cause: '[a-z_]{1,32}',
        major: '[0-9]{1,4}',
        minor: '[0-9]{1,4}',
        patch: '[0-9]{1,4}',
      },
    },
    {
      metricPattern: 'tickwatch_.*',
      labels: {
        tenant_id: idForms.tenant.source,
        gateway: idForms.gateway.source,
        ring: idForms.ring.source,
        reason: '[a-z-]{1,32}',
        resource: '[a-z]{1,16}',
        code: '[0-9]{3}',
        result: '[a-z-]{1,32}',
        leg: '[a-z-]{1,32}',
        route: '[A-Za-z0-9_.:/{}-]{1,64}',
        method: '[A-Z]{3,7}',
      },
    },
  ],
}

/** Why a series is refused: the reason, and the parts of the sentence in the gateway's answer. */
export type SeriesRefusal = { reason: RefusalReason; detail: string; limit: string; remedy: string }

export type CompiledLabelSchema = {
  allowed: ReadonlySet<string>
  reserved: ReadonlySet<string>
  extensions: { metric: RegExp; labels: ReadonlyMap<string, RegExp> }[]
}

const anchored = (pattern: string) => new RegExp(`^(?:${pattern})$`)

/** Keeps the members of a label schema that this version knows. A missing list becomes an empty one. */
export function knownLabelSchema(schema: Partial<LabelSchema>): LabelSchema {
  const { allowed = [], structural = [], reserved = [], extensions = [] } = schema
  return { allowed, structural, reserved, extensions }
}

/** Why this can't be a label schema, as one sentence. Null if it can. */
export function labelSchemaFault(schema: LabelSchema): string | null {
  for (const part of ['allowed', 'structural', 'reserved'] as const) {
    if (!areStrings(schema[part])) return `${part} is not a list of label names`
  }
  if (!Array.isArray(schema.extensions)) return 'extensions is not a list'
  for (const extension of schema.extensions) {
    const { metricPattern, labels } = extension ?? {}
    if (!areStrings([metricPattern]) || typeof labels !== 'object' || !areStrings(Object.values(labels ?? [null]))) {
      return 'an extension lacks its patterns'
    }
  }
  try {
    compileLabelSchema(schema)
  } catch (cause) {
    if (cause instanceof SyntaxError) return cause.message
    throw cause
  }
  return null
}

const areStrings = (values: unknown) => Array.isArray(values) && values.every((value) => typeof value === 'string')

/** @throws SyntaxError for a pattern that is not a regular expression. */
export function compileLabelSchema(schema: LabelSchema): CompiledLabelSchema {
  return {
    allowed: new Set([...schema.allowed, ...schema.structural]),
    reserved: new Set(schema.reserved),
    extensions: schema.extensions.map((extension) => ({
      metric: anchored(extension.metricPattern),
      labels: new Map(Object.entries(extension.labels).map(([name, pattern]) => [name, anchored(pattern || anyValue)])),
    })),
  }
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const utf8 = new TextEncoder()

/**
 * Judges one series when it is first seen.
 * @param tenantId of its writer
 * @param labels name, value, name, value, … sorted by name, without empty values.
 * @returns null if the series may be stored.
 */
export function judgeSeries(
  schema: CompiledLabelSchema,
  limits: ResolvedLimits,
  tenantId: string,
  labels: readonly string[],
): SeriesRefusal | null {
  const count = labels.length / 2
  if (count > limits['labels.namesPerSeriesMax']) {
    return {
      reason: 'label-count',
      detail: `${describeSeries(labels)} has ${count} labels`,
      limit: `${limits['labels.namesPerSeriesMax']} labels`,
      remedy: 'send fewer labels',
    }
  }
  let metric = ''
  let previous = ''
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string
    const value = labels[i + 1] as string
    if (i > 0 && name === previous)
      return invalid(labels, `it has label ${quoted(name)} twice`, 'distinct label names', fixSender)
    previous = name
    if (name === '__name__') metric = value
    else if (!labelName.test(name))
      return invalid(labels, `${quoted(name)} is not a label name`, 'letters, digits and _', escapeNames)
    if (tooLong(name, limits['labels.nameBytesMax'])) {
      return {
        reason: 'label-name-bytes',
        detail: `${describeSeries(labels)} has the label name ${name.slice(0, 40)}…`,
        limit: `${limits['labels.nameBytesMax']} bytes`,
        remedy: 'shorten the label name',
      }
    }
    if (tooLong(value, limits['labels.valueBytesMax'])) {
      return {
        reason: 'label-value-bytes',
        detail: `${describeSeries(labels)} has a value of label ${name} that is too long`,
        limit: `${limits['labels.valueBytesMax']} bytes`,
        remedy: 'shorten the label value',
      }
    }
  }
  if (metric === '') return invalid(labels, 'the metric name is missing', 'a metric name in __name__', fixSender)
  if (!metricName.test(metric))
    return invalid(labels, `${quoted(metric)} is not a metric name`, 'letters, digits, _ and :', escapeNames)
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string
    if (schema.reserved.has(name)) {
      return {
        reason: 'label-reserved',
        detail: `${describeSeries(labels)} sets the label ${name}`,
        limit: 'set by the platform only',
        remedy: `rename or drop the label ${name}`,
      }
    }
    if (schema.allowed.has(name)) continue
    const pattern = extensionPattern(schema, metric, name)
    if (!pattern) {
      return {
        reason: 'label-name',
        detail: `${describeSeries(labels)} has the label ${name}, which its schema does not allow`,
        limit: 'the labels of the schema',
        remedy: `drop the label ${name} before sending (in a Prometheus agent: labeldrop in write_relabel_configs), or ask the platform team to allow it`,
      }
    }
    if (!pattern.test(labels[i + 1] as string)) {
      return {
        reason: 'label-value',
        detail: `${describeSeries(labels)} has a value of label ${name} that its schema does not allow`,
        limit: pattern.source.slice(4, -2),
        remedy: `send a value of label ${name} that matches`,
      }
    }
  }
  return judgePair(tenantId, labels)
}

/**
 * AMP stores the series of one `__replica__` for each `cluster`, compares `cluster` over the whole workspace, and knows at
 * most 500 of them. So each tenant has nine names that no other tenant can send.
 */
function judgePair(tenantId: string, labels: readonly string[]): SeriesRefusal | null {
  let isOfPair = false
  let cluster = ''
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__replica__') isOfPair = true
    else if (labels[i] === 'cluster') cluster = labels[i + 1] as string
  }
  if (!isOfPair || /^(.+):[1-9]$/.exec(cluster)?.[1] === tenantId) return null
  return {
    reason: 'label-value',
    detail: `${describeSeries(labels)} has the label __replica__, but its label cluster does not name a pair of its tenant`,
    limit: `${tenantId}:1 to ${tenantId}:9`,
    remedy: `set the label cluster of both senders of a pair to ${tenantId}:1, of the next pair to ${tenantId}:2, and so on; do not set __replica__ in a sender that is not one of a pair`,
  }
}

function extensionPattern(schema: CompiledLabelSchema, metric: string, name: string): RegExp | undefined {
  for (const extension of schema.extensions) {
    const pattern = extension.labels.get(name)
    if (pattern && extension.metric.test(metric)) return pattern
  }
  return undefined
}

const tooLong = (text: string, bytesMax: number) =>
  text.length > bytesMax || (text.length * 3 > bytesMax && utf8.encode(text).length > bytesMax)

/** Cuts the name: its length was not checked yet. */
const quoted = (name: string) => JSON.stringify(name.slice(0, 40))

/** Names only the metric: label values may be personal data, and must not appear in an answer or a log. */
export function describeSeries(labels: readonly string[]): string {
  const at = labels.indexOf('__name__')
  return at % 2 === 0 ? `series of ${(labels[at + 1] as string).slice(0, 80)}` : 'a series without a name'
}

const fixSender = 'fix the sender: use a Prometheus client library'
/** AMP does not document that it stores other names. Prometheus 3 and the Collector can send them as they are. */
const escapeNames =
  'let the sender escape names: in Prometheus 3 set metric_name_escaping_scheme: underscores, in the OpenTelemetry Collector translation_strategy: UnderscoreEscapingWithSuffixes'

const invalid = (labels: readonly string[], detail: string, limit: string, remedy: string): SeriesRefusal => ({
  reason: 'label-invalid',
  detail: `${describeSeries(labels)}: ${detail}`,
  limit,
  remedy,
})
