// The API is killed while a receiver handles its message: the message arrives once where the receiver can tell.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Database, openDatabase } from '@tickwatch/db'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { type Receivers, startReceivers } from '../../../../../local/src/parts/receivers/receivers.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { createTestOutbox, newsOf } from '../../testing/outbox.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const soon = { timeout: 40_000, interval: 20 }
const routingKey = 'r'.repeat(32)
let db: Database
let admin: pg.Client
let aws: Server
let servers: Receivers
let api: ChildProcess
let start: () => ChildProcess
let killAtNextMessage = false

beforeAll(async () => {
  db = openDatabase(urls)
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  // Secrets Manager; no other service of AWS is needed for this.
  aws = createServer((request, response) => {
    const isSecret = String(request.headers['x-amz-target']).startsWith('secretsmanager')
    response.writeHead(isSecret ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(isSecret ? { SecretString: routingKey } : { __type: 'AccessDeniedException' }))
  })
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve))
  const keys = {
    ...{ pagerDutyRoutingKey: routingKey, pagerDutyWebhookSecret: 'x', slackToken: 'x', webhookSecret: 'whsec_' },
    mail: { user: 'u', pass: 'p' },
  }
  servers = await startReceivers({
    ...{ port: 0, smtpPort: 0, keys, pagerDutyWebhookUrl: 'http://127.0.0.1:9' },
    onKept() {
      if (killAtNextMessage) api.kill('SIGKILL')
      killAtNextMessage = false
    },
  })
  const env = {
    ...{ PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    ...{ API_PORT: '0', MACHINE_PORT: '0', OIDC_ISSUER: 'http://127.0.0.1:9' },
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    ...{ AMP_ENDPOINT: 'http://127.0.0.1:9/workspaces/ws', AMP_WORKSPACE_ID: 'ws', POLICY_BUCKET: 'policy' },
    ...{ POLICY_KMS_KEY_ID: 'key', AUDIT_BUCKET: 'audit', PAGERDUTY_URL: servers.pagerDutyUrl },
    ...{ DATABASE_URL_TENANT: urls.tenant, DATABASE_URL_PLATFORM: urls.platform, DATABASE_URL_WORKER: urls.worker },
    ...{ MACHINE_TLS_CERT_FILE: pki.server.cert, MACHINE_TLS_KEY_FILE: pki.server.key },
    MACHINE_CLIENT_CA_FILE: pki.caFile,
  }
  const main = join(import.meta.dirname, '..', '..', 'main.ts')
  start = () => spawn(process.execPath, [main], { stdio: ['ignore', 'ignore', 'inherit'], env })
})
afterAll(async () => {
  api.kill('SIGKILL')
  await servers.stop()
  await db.close()
  await admin.end()
  await new Promise((resolve) => aws.close(resolve))
  folder.remove()
})

it('a message that PagerDuty accepted just before the API was killed is sent again, and is one incident', async () => {
  const box = createTestOutbox(db)
  const secret = 'secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:pd-AbCdEf'
  const id = await box.receiver({ kind: 'pagerduty', routingKey: secret, webhookSecret: null })
  killAtNextMessage = true
  await box.queue(newsOf('inc-1/1', 'opened'))
  api = start()
  await once(api, 'exit')
  expect(servers.inbox.kept).toHaveLength(1)
  expect(await box.messages(id)).toMatchObject([{ state: 'sending', attempts: 1 }])
  await box.queue(newsOf('inc-1/1', 'resolved'))
  // Otherwise the test waits until the killed process' lease expires.
  await admin.query('UPDATE lease SET expires_at = now()')
  api = start()
  await vi.waitFor(async () => {
    expect(await box.messages(id)).toMatchObject([
      { state: 'sent', attempts: 2 },
      { state: 'sent', attempts: 1 },
    ])
  }, soon)
  expect(servers.pagerDuty.incidents).toMatchObject([{ key: 'test/inc-1/1', state: 'resolved' }])
})
