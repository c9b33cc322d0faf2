import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import {
  type ActiveAlerts,
  type AlertmanagerDefinition,
  AwsRefused,
  AwsUnavailable,
  type MetricsNames,
  type MetricsQuery,
  type ObjectStore,
  type ParameterStore,
  ParameterVersionsJammed,
  type RuleGroups,
  type SecretStore,
  type Series,
  type Signer,
} from '@tickwatch/aws'
import type { Ami, Amis } from '@tickwatch/aws/amis'
import type { AlarmState, Alarms, RolloutGroups } from '@tickwatch/aws/rollout'

type Version = { value: string; version: number; labels: Set<string> }

/** SSM with its documented rules for labels and versions; `away` makes each call fail, `denied` each write of a name. */
export function createMemoryParameters() {
  const parameters = new Map<string, Version[]>()
  const state = { away: false, puts: 0, denied: new Set<string>(), refusals: 0 }
  const check = () => {
    if (state.away) throw new AwsUnavailable('SSM is away')
  }
  const newest = (name: string) => parameters.get(name)?.at(-1)
  const put = (name: string, value: string) => {
    const versions = parameters.get(name) ?? []
    if (versions.length === 100) {
      if (versions[0] && versions[0].labels.size > 0) {
        throw new ParameterVersionsJammed('the oldest version carries a label', 'ParameterMaxVersionLimitExceeded')
      }
      versions.shift()
    }
    const version = (versions.at(-1)?.version ?? 0) + 1
    versions.push({ value, version, labels: new Set() })
    parameters.set(name, versions)
    return { version }
  }
  const store: ParameterStore = {
    async get(name) {
      check()
      const found = newest(name)
      return found ? { value: found.value, version: found.version } : null
    },
    async put(name, value) {
      check()
      if (state.denied.has(name)) {
        state.refusals += 1
        throw new AwsUnavailable(`no right to write ${name}`)
      }
      state.puts += 1
      return put(name, value)
    },
    async label(name, version, labels) {
      check()
      const versions = parameters.get(name) ?? []
      for (const v of versions) for (const label of labels) v.labels.delete(label)
      const target = versions.find((v) => v.version === version)
      for (const label of labels) target?.labels.add(label)
    },
  }
  return {
    store,
    state,
    /** Changes parameters as someone does in the AWS console. */
    byHand: { put, remove: (name: string) => parameters.delete(name) },
    labelled: (name: string, label: string) => parameters.get(name)?.find((v) => v.labels.has(label))?.version ?? null,
    newest,
  }
}

export function createMemoryObjects() {
  const objects = new Map<string, Uint8Array>()
  const storedAt = new Date()
  const state = { away: false, refusals: 0 }
  const store: ObjectStore = {
    async get(_bucket, key) {
      if (state.away) throw new AwsUnavailable('S3 is away')
      return objects.get(key) ?? null
    },
    async putOnce(_bucket, key, body) {
      if (state.away) state.refusals += 1
      if (state.away) throw new AwsUnavailable('S3 is away')
      if (objects.has(key)) return 'exists'
      objects.set(key, body)
      return 'stored'
    },
    async list(_bucket, prefix, after) {
      if (state.away) throw new AwsUnavailable('S3 is away')
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
      return keys.map((key) => ({ key, storedAt }))
    },
  }
  return { store, state, objects }
}

/** Signs with its own P-256 key. Tests with MiniStack's KMS check what a gateway verifies. */
export function createMemorySigner(): Signer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    keyId: 'arn:aws:kms:us-east-1:000000000000:key/test',
    sign: async (digest) => sign('sha256', digest, privateKey),
    publicKeyPem: async () => createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** Rule groups namespaces that are active at once. */
function createMemoryRuleGroups(isAway: () => boolean) {
  const rules = new Map<string, { yaml: string; modifiedAt: Date }>()
  let lastMs = 0
  const check = () => {
    if (isAway()) throw new AwsUnavailable('AMP is away')
  }
  const summary = (name: string, modifiedAt: Date) => ({ name, status: 'ACTIVE', statusReason: null, modifiedAt })
  const ruleGroups: RuleGroups = {
    async list() {
      check()
      return [...rules].map(([name, { modifiedAt }]) => summary(name, modifiedAt))
    },
    async get(name) {
      check()
      const found = rules.get(name)
      return found ? { ...summary(name, found.modifiedAt), yaml: found.yaml } : null
    },
    async put(name, yaml) {
      check()
      // No two changes have the same time.
      lastMs = Math.max(lastMs + 1, Date.now())
      const modifiedAt = new Date(lastMs)
      rules.set(name, { yaml, modifiedAt })
      return modifiedAt
    },
    async remove(name) {
      check()
      rules.delete(name)
    },
  }
  return { rules, ruleGroups }
}

/** AMP with the answers that the test sets; `away` makes each call fail. */
export function createMemoryAmp() {
  const state: { away: boolean; answer(promql: string): Series[] } = { away: false, answer: () => [] }
  const asked: string[] = []
  const ask = (promql: string) => {
    asked.push(promql)
    if (state.away) throw new AwsUnavailable('AMP is away')
    return state.answer(promql)
  }
  const query: MetricsQuery & MetricsNames = {
    range: async (promql) => ask(promql),
    instant: async (promql) => ask(promql),
    labelNames: async ({ match }) => ask(match).flatMap(({ labels }) => Object.keys(labels)),
    labelValues: async (label, { match }) => ask(match).flatMap(({ labels }) => labels[label] ?? []),
  }
  let definition: string | null = null
  const alertmanager: AlertmanagerDefinition = {
    get: async () => definition,
    async put(yaml) {
      definition = yaml
    },
  }
  const activeAlerts: ActiveAlerts = { list: async () => [], close: async () => {} }
  return { query, state, asked, alertmanager, activeAlerts, ...createMemoryRuleGroups(() => state.away) }
}

/** Secrets Manager with the secrets that the test sets; `away` makes each read fail. */
export function createMemorySecrets() {
  const state = { away: false }
  const texts = new Map<string, string>()
  const store: SecretStore = {
    async read(arn) {
      if (state.away) throw new AwsUnavailable('Secrets Manager is away')
      const text = texts.get(arn)
      if (text === undefined) throw new AwsRefused(`there is no secret ${arn}`, 'ResourceNotFoundException')
      return text
    },
  }
  return {
    store,
    state,
    /** @returns the reference to it. */
    set(name: string, text: string): string {
      const arn = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`
      texts.set(arn, text)
      return `secretsmanager:${arn}`
    },
  }
}

/** EC2 with the AMIs that the test sets, by region; `away` makes each call fail. */
export function createMemoryAmis() {
  const state: { away: boolean; known: Map<string, Ami[]> } = { away: false, known: new Map() }
  const store: Amis = {
    async describe(region, imageIds) {
      if (state.away) throw new AwsUnavailable('EC2 is away')
      return (state.known.get(region) ?? []).filter(({ imageId }) => imageIds.includes(imageId))
    },
  }
  return { store, state }
}

/** Auto Scaling without any group or instance, and CloudWatch with the alarms that the test sets; `away` makes each call fail. */
export function createMemoryFleet() {
  const state: { away: boolean; alarms: Map<string, AlarmState> } = { away: false, alarms: new Map() }
  const check = () => {
    if (state.away) throw new AwsUnavailable('AWS is away')
  }
  const groups: RolloutGroups = {
    async read() {
      check()
      return { groups: new Map(), unread: new Map() }
    },
    make: async ({ group }) => {
      throw new AwsRefused(`There is no Auto Scaling group ${group}.`, 'GroupNotFound')
    },
    async members() {
      check()
      return new Set()
    },
    availableImages: async () => new Set(),
  }
  const alarms: Alarms = {
    async states(_region, names) {
      check()
      return new Map([...state.alarms].filter(([name]) => names.includes(name)))
    },
  }
  return { rolloutGroups: () => groups, alarms, state }
}
