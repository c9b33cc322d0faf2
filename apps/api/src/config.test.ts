import { readFileSync } from 'node:fs'
import { EnvironmentError } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { environment, readConfig } from './config.ts'

const complete = {
  AWS_REGION: 'eu-central-1',
  MACHINE_TLS_CERT_FILE: '/pki/api.pem',
  MACHINE_TLS_KEY_FILE: '/pki/api.key',
  MACHINE_CLIENT_CA_FILE: '/pki/ca.pem',
  DATABASE_URL_TENANT: 'postgres://tenant@127.0.0.1/tickwatch',
  DATABASE_URL_PLATFORM: 'postgres://platform@127.0.0.1/tickwatch',
  DATABASE_URL_WORKER: 'postgresql://worker@127.0.0.1/tickwatch',
  OIDC_ISSUER: 'https://login.example/realms/a',
  POLICY_BUCKET: 'policy',
  POLICY_KMS_KEY_ID: 'alias/policy',
  AUDIT_BUCKET: 'audit',
  AMP_WORKSPACE_ID: 'ws-1',
  AMP_ENDPOINT: 'https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-1',
}

describe('the environment of the API', () => {
  it('is read with its defaults', () => {
    expect(readConfig(complete)).toMatchObject({ API_PORT: 4000, MACHINE_PORT: 4443, OIDC_GROUPS_CLAIM: 'groups' })
  })

  it('is reported with all its faults at once, and without values', () => {
    const secret = 'mysql://user:hunter2@db/tickwatch'
    const faulty = { ...complete, API_PORT: 'high', DATABASE_URL_TENANT: secret, POLICY_BUCKET: '', LOG_LEVEL: 'loud' }
    const read = () => readConfig(faulty)
    expect(read).toThrow(EnvironmentError)
    expect(read).toThrow(/API_PORT: .*\n.*DATABASE_URL_TENANT: .*\n.*POLICY_BUCKET: is not set\n.*LOG_LEVEL: /)
    expect(read).not.toThrow(/hunter2/)
  })

  it('says what is wrong with a list of waves', () => {
    expect(() => readConfig({ ...complete, POLICY_WAVES: 'canary,canary' })).toThrow(
      'POLICY_WAVES: the ring canary is in two waves',
    )
  })

  it('is documented, variable by variable', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
    const rows = Object.entries(environment.shape).map(([name, schema]) => {
      const given = schema.safeParse(undefined)
      const byDefault = given.success ? `\`${given.data}\`` : 'required'
      return `| API | \`${name}\` | ${byDefault} | ${schema.description} |`
    })
    expect(page.split('\n').filter((line) => line.startsWith('| API |'))).toEqual(rows)
  })
})
