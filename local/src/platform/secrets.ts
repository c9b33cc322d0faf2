import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export type Secrets = {
  sessionSecret: string
  oidcClientSecret: string
  databasePasswords: Record<'tenant' | 'platform' | 'worker', string>
  aws: { accessKeyId: string; secretAccessKey: string }
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url')

/** Reads the secrets of this state folder, or creates them at its first use. */
export function openSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const secrets: Secrets = {
      sessionSecret: random(32),
      oidcClientSecret: random(32),
      databasePasswords: { tenant: random(18), platform: random(18), worker: random(18) },
      aws: { accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`, secretAccessKey: random(30) },
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets
}
