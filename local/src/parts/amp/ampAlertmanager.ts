import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool } from 'undici'
import { parse } from 'yaml'
import { configFileIn } from '../alertmanager/alertmanager.ts'
import { AmpFault } from './ampFault.ts'

export type AlertmanagerOptions = {
  /** The real Alertmanager. */
  url: string
  /** Its folder, where {@link configFileIn} is. */
  dir: string
  /** Where it publishes, and with which key. AMP adds these itself and refuses them from its users. */
  sns: { url: string; accessKey: string; secretKey: string }
}

type Members = Record<string, unknown>
type Status = { statusCode: string; statusReason?: string }
type Definition = { data: string; status: Status; createdAt: number; modifiedAt: number }
type Answer = { status: number; json: object }

const failed = { CREATING: 'CREATION_FAILED', UPDATING: 'UPDATE_FAILED' } as const
const repeatHoursMax = 5 * 24

/**
 * The calls of AMP for the definition of a workspace's Alertmanager. Like AMP it answers before it has applied a definition,
 * and refuses another one until then.
 * @param alertmanager connections to {@link AlertmanagerOptions.url}
 */
export async function alertmanagerControl({ dir, sns }: AlertmanagerOptions, alertmanager: Pool) {
  await mkdir(dir, { recursive: true })
  const stored = join(dir, 'definition.json')
  let current = await readFile(stored, 'utf8').then(
    (text) => JSON.parse(text) as Definition,
    () => null,
  )

  async function reload(): Promise<string | null> {
    const answer = await alertmanager.request({ path: '/-/reload', method: 'POST' })
    const text = await answer.body.text()
    return answer.statusCode === 200 ? null : text.trim()
  }

  async function write(file: string, text: string): Promise<void> {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }

  async function apply(definition: Definition, config: Members, statusCode: keyof typeof failed): Promise<void> {
    const file = configFileIn(dir)
    const before = await readFile(file, 'utf8')
    await write(file, JSON.stringify(forRealOne(config, sns)))
    const refusal = await reload()
    if (refusal !== null) {
      await write(file, before)
      await reload()
    }
    definition.status =
      refusal === null ? { statusCode: 'ACTIVE' } : { statusCode: failed[statusCode], statusReason: refusal }
    await write(stored, JSON.stringify(definition))
  }

  function save(data: unknown, statusCode: keyof typeof failed): Answer {
    if (typeof data !== 'string') throw validation('data is required')
    const config = configOf(Buffer.from(data, 'base64').toString())
    const fault = faultOf(config)
    if (fault) throw validation(fault)
    const now = Date.now() / 1_000
    const createdAt = current?.createdAt ?? now
    const definition: Definition = { data, status: { statusCode }, createdAt, modifiedAt: now }
    current = definition
    apply(definition, config, statusCode).catch((cause: unknown) => {
      definition.status = { statusCode: failed[statusCode], statusReason: String(cause) }
    })
    return { status: 202, json: { status: { statusCode } } }
  }

  // The address of SNS may have changed since the last start.
  if (current) await apply(current, configOf(Buffer.from(current.data, 'base64').toString()), 'UPDATING')

  return async (method: string, body: Buffer): Promise<Answer> => {
    if (method === 'POST') {
      if (current) throw new AmpFault(409, 'ConflictException', 'Alert manager definition already exists.')
      return save(dataOf(body), 'CREATING')
    }
    if (!current) throw new AmpFault(404, 'ResourceNotFoundException', 'Alert manager definition not found.')
    if (method === 'GET') return { status: 200, json: { alertManagerDefinition: current } }
    if (method !== 'PUT') throw new AmpFault(404, 'UnknownOperationException', 'There is no such operation.')
    if (current.status.statusCode.endsWith('ING')) {
      throw new AmpFault(409, 'ConflictException', 'The previous change of the definition is not finished.')
    }
    return save(dataOf(body), 'UPDATING')
  }
}

const validation = (message: string) => new AmpFault(400, 'ValidationException', message)

function dataOf(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString()) as Members).data
  } catch {
    throw validation('the body is not a JSON object')
  }
}

const members = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {})
const list = (value: unknown): Members[] => (Array.isArray(value) ? value.map(members) : [])

/** The Alertmanager configuration in a definition of AMP: YAML in YAML. */
function configOf(text: string): Members {
  try {
    const { alertmanager_config: inner, template_files: templates } = members(parse(text))
    if (typeof inner !== 'string') throw validation('alertmanager_config is required')
    if (templates !== undefined) throw validation('the stand-in keeps no template_files')
    return members(parse(inner))
  } catch (cause) {
    if (cause instanceof AmpFault) throw cause
    throw validation(`the definition is not valid YAML: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** What AMP refuses of a configuration that Alertmanager accepts. */
function faultOf(config: Members): string | null {
  for (const { name, ...kinds } of list(config.receivers)) {
    const other = Object.keys(kinds).find((kind) => kind !== 'sns_configs' && kind !== 'pagerduty_configs')
    if (other) return `receiver ${name}: ${other} is not supported`
    for (const sns of list(kinds.sns_configs)) {
      const own = ['api_url', 'http_config'].find((field) => field in sns)
      if (own) return `receiver ${name}: ${own} is not allowed`
      if (typeof sns.topic_arn !== 'string') return `receiver ${name}: topic_arn is required`
      const { region, ...keys } = members(sns.sigv4)
      if (typeof region !== 'string') return `receiver ${name}: sigv4.region is required`
      if ('access_key' in keys || 'secret_key' in keys) return `receiver ${name}: keys are not allowed`
    }
  }
  const repeat = /^(\d+)([hd])$/.exec(String(members(config.route).repeat_interval ?? '4h'))
  const hours = Number(repeat?.[1] ?? 0) * (repeat?.[2] === 'd' ? 24 : 1)
  return hours > repeatHoursMax ? 'repeat_interval is at most 5 days' : null
}

/** What AMP adds to a configuration before its Alertmanager runs with it. */
const forRealOne = (config: Members, { url, accessKey, secretKey }: AlertmanagerOptions['sns']): Members => ({
  ...config,
  receivers: list(config.receivers).map((receiver) => ({
    ...receiver,
    ...(receiver.sns_configs === undefined
      ? {}
      : {
          sns_configs: list(receiver.sns_configs).map((sns) => ({
            ...sns,
            api_url: url,
            sigv4: { ...members(sns.sigv4), access_key: accessKey, secret_key: secretKey },
          })),
        }),
  })),
})
