import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Person } from '../parts/issuer/people.ts'
import { isAlive, type ProcessRecord } from '../process/identity.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'

/** PEM files. */
export type CertificateFiles = { cert: string; key: string }

export type GatewayAddress = {
  id: string
  ring: string
  zone: string
  /** `/ready`, `/healthz`, `/metrics`. */
  httpUrl: string
  /** The Unix socket that Envoy passes writes and queries to. */
  socket: string
}

/** `.tickwatch/local.json`: every address of a local platform, for tools and tests beside it. */
export type LocalState = {
  phase: 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed'
  /** Why it failed, for a person. */
  fault: string | null
  startedAt: string
  portOffset: number
  stateDir: string
  addresses: {
    portal: string
    api: string
    machine: string
    writers: string
    readers: string
    issuer: string
    /** The AMP stand-in: its control plane, and its workspace's own endpoint. */
    amp: string
    ampEndpoint: string
    prometheus: string
    aws: string
    envoyAdmin: string
    nodeExporter: string
    gateways: GatewayAddress[]
  }
  ampWorkspaceId: string
  aws: {
    region: string
    accessKeyId: string
    secretAccessKey: string
    policyBucket: string
    policyKeyId: string
    auditBucket: string
  }
  database: { tenant: string; platform: string; worker: string }
  pki: {
    ca: string
    policyPublicKeys: string
    envoy: CertificateFiles
    machine: CertificateFiles
    /** By `<tenant>-<writer>`. */
    writers: Record<string, CertificateFiles>
    /** By `<tenant>-<reader>`. */
    readers: Record<string, CertificateFiles>
    gateways: Record<string, CertificateFiles>
  }
  password: string
  people: Person[]
  tenants: string[]
  supervisor: ProcessRecord
  processes: Record<string, ProcessRecord>
}

/** The state folder, `TICKWATCH_STATE` or `.tickwatch`. */
export const stateDirOf = (env: NodeJS.ProcessEnv = process.env): string =>
  resolve(root, env.TICKWATCH_STATE || '.tickwatch')

const fileOf = (stateDir: string) => join(stateDir, 'local.json')

export function readLocalState(stateDir: string): LocalState | null {
  const file = fileOf(stateDir)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LocalState) : null
}

/** Written whole and renamed, so that a reader never sees half of it; only its owner may read the passwords in it. */
export function writeLocalState(state: LocalState): void {
  const file = fileOf(state.stateDir)
  mkdirSync(state.stateDir, { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Ends what a platform that was itself killed left running; only processes that are still the recorded ones. */
export async function killLeftovers(state: LocalState): Promise<void> {
  const left = Object.entries(state.processes).filter(([, record]) => isAlive(record))
  // SIGINT is Postgres's fast shutdown: no recovery at the next start.
  for (const [name, { pid }] of left) {
    try {
      process.kill(pid, name === 'postgres' ? 'SIGINT' : 'SIGKILL')
    } catch (error) {
      // The reaper was faster.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  await until('the processes of an earlier start gone', () => !left.some(([, record]) => isAlive(record)))
}
