import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type IdForm, idFault, idForms, type ProbeTargets, probeTargetsPath } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { Pool } from 'undici'
import type { Settings } from './settings.ts'

const askMs = 10_000

/**
 * Whom to probe, as the API says. The last answer is also in a file, so that probing goes on without the API, also after a
 * restart.
 */
export class Targets {
  current: ProbeTargets | null
  readonly #api: Pool
  readonly #file: string
  readonly #log: Logger
  #fault: string | null = null

  constructor(
    { controlPlaneUrl, identity, stateFile }: Pick<Settings, 'controlPlaneUrl' | 'identity' | 'stateFile'>,
    log: Logger,
  ) {
    this.#api = new Pool(new URL(controlPlaneUrl).origin, { connections: 1, connect: { ...identity, timeout: 3_000 } })
    this.#file = stateFile
    this.#log = log
    this.current = saved(stateFile)
  }

  /** Asks the API. If it does not answer, the last targets stay. */
  async refresh(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(askMs)
      const { statusCode, body } = await this.#api.request({ method: 'GET', path: probeTargetsPath, signal })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`the API answered ${statusCode}: ${text.slice(0, 200)}`)
      const told = readTargets(text)
      if (told === null) throw new Error('the API’s answer does not say whom to probe')
      if (JSON.stringify(told) !== JSON.stringify(this.current)) this.#keep(told)
      if (this.#fault) this.#log.info('the API says again whom to probe')
      this.#fault = null
    } catch (cause) {
      const fault = cause instanceof Error ? cause.message : String(cause)
      if (fault !== this.#fault) this.#log.warn({ fault }, 'the API does not say whom to probe, the last targets stay')
      this.#fault = fault
    }
  }

  close(): Promise<void> {
    return this.#api.destroy()
  }

  #keep(told: ProbeTargets): void {
    this.current = told
    this.#log.info({ tenants: told.tenants.length, gateways: told.gateways }, 'other targets')
    try {
      mkdirSync(dirname(this.#file), { recursive: true })
      writeFileSync(`${this.#file}.new`, JSON.stringify(told), { mode: 0o600 })
      renameSync(`${this.#file}.new`, this.#file)
    } catch (err) {
      this.#log.error({ err }, 'the targets cannot be saved: a restart without the API would not know whom to probe')
    }
  }
}

function saved(file: string): ProbeTargets | null {
  try {
    return readTargets(readFileSync(file, 'utf8'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}

/** Ignores what it does not know. @returns null if the text has not both lists. */
export function readTargets(text: string): ProbeTargets | null {
  try {
    const { tenants, gateways } = JSON.parse(text) as Partial<Record<keyof ProbeTargets, unknown>>
    if (!areIds(tenants, idForms.tenant) || !areIds(gateways, idForms.gateway)) return null
    return { tenants, gateways }
  } catch {
    return null
  }
}

const areIds = (list: unknown, form: IdForm): list is string[] =>
  Array.isArray(list) && list.every((each) => typeof each === 'string' && idFault(form, each) === null)
