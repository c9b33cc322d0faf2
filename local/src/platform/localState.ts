import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { GatewayCommand } from '../../../apps/gateway/build/unpack.ts'
import type { Person } from '../parts/issuer/people.ts'
import { isAlive, type ProcessRecord } from '../process/identity.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'
import type { Restart } from './restarts.ts'

/** PEM files. */
export type CertificateFiles = { cert: string; key: string }

export type GatewayAddress = {
  /** That of the instance, if it is one of the fleet. */
  id: string
  ring: string
  zone: string
  /** `/ready`, `/healthz`, `/metrics`. */
  httpUrl: string
  /** The Unix socket to which Envoy sends writes and queries. */
  socket: string
}

/** `.tickwatch/local.json`: all addresses of a local platform, for other tools and tests. */
export type LocalState = {
  phase: 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed'
  /** Why it failed, for people to read. */
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
    /** AMP's stand-in: its control plane, and the endpoint of its workspace. */
    amp: string
    ampEndpoint: string
    prometheus: string
    alertmanager: string
    aws: string
    envoyAdmin: string
    nodeExporter: string
    /** The probe's `/metrics` and `/ready`. */
    probe: string
    /** What stands in for PagerDuty, Slack, a webhook and a mail server: the page that shows what they got. */
    receivers: string
    smtp: string
    /** Auto Scaling and EC2. Null if the gateways are parts, and not instances of a fleet. */
    fleet: string | null
    /** Of a fleet those that run now and are not drained. */
    gateways: GatewayAddress[]
  }
  /** Starts a gateway from the artifact. Null until that is unpacked, and in a fleet, where each image has an artifact of its own. */
  gatewayCommand: GatewayCommand | null
  ampWorkspaceId: string
  aws: {
    region: string
    accessKeyId: string
    secretAccessKey: string
    policyBucket: string
    policyKeyId: string
    auditBucket: string
    alertsTopicArn: string
    alertsQueueUrl: string
  }
  database: { tenant: string; platform: string; worker: string }
  pki: {
    ca: string
    policyPublicKeys: string
    /** The keys whose signatures make images trusted. */
    imageKeys: string
    envoy: CertificateFiles
    machine: CertificateFiles
    /** Keyed by `<tenant>-<writer>`. */
    writers: Record<string, CertificateFiles>
    /** Keyed by `<tenant>-<reader>`. */
    readers: Record<string, CertificateFiles>
    /** Those of a fleet are issued when an instance is launched. */
    gateways: Record<string, CertificateFiles>
    probe: CertificateFiles
  }
  password: string
  people: Person[]
  tenants: string[]
  supervisor: ProcessRecord
  /** By the name of a part, or the id of an instance. */
  processes: Record<string, ProcessRecord>
  /** Parts that ended although nobody stopped them, by name. Missing in a file of an earlier version. */
  restarts?: Record<string, Restart>
}

/** The state folder, `TICKWATCH_STATE` or `.tickwatch`. */
export const stateDirOf = (env: NodeJS.ProcessEnv = process.env): string =>
  resolve(root, env.TICKWATCH_STATE || '.tickwatch')

const fileOf = (stateDir: string) => join(stateDir, 'local.json')

export function readLocalState(stateDir: string): LocalState | null {
  const file = fileOf(stateDir)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LocalState) : null
}

/** Writes the file and renames it, so that nobody reads half of it. It has passwords, so only its owner may read it. */
export function writeLocalState(state: LocalState): void {
  const file = fileOf(state.stateDir)
  mkdirSync(state.stateDir, { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Ends the processes that a killed platform left. Checks that each process is still the recorded one. */
export async function killLeftovers(state: LocalState): Promise<void> {
  const left = Object.entries(state.processes).filter(([, record]) => isAlive(record))
  // SIGINT is Postgres' fast shutdown, so that the next start needs no recovery.
  for (const [name, { pid }] of left) {
    try {
      process.kill(pid, name === 'postgres' ? 'SIGINT' : 'SIGKILL')
    } catch (error) {
      // The reaper has ended it already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  await until('the processes of an earlier start gone', () => !left.some(([, record]) => isAlive(record)))
}
