// The way from a saved definition to counts of events, on a real Prometheus behind the AMP stand-in.
import { createRuleGroups } from '@tickwatch/aws'
import { auditLog } from '@tickwatch/db'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { accessKey, region, useAmp, workspaceId } from '../../../../../local/src/parts/amp/ampTestServer.ts'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { type Client, seedPlatform, startTestApi, type TestApi } from '../../testing/testApi.ts'

// Long enough that the writer meets a change that is in progress.
const amp = useAmp({ settleMs: 700 })
const urls = useTestDatabase()
const folder = temporaryFolder()
const soon = { timeout: 30_000, interval: 100 }
let api: TestApi
let platform: Client

beforeAll(async () => {
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secret)
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', new URL(amp.endpoint()).origin)
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({
    ...{ urls, caFile: pki.caFile, server: pki.server },
    aws: { ruleGroups: createRuleGroups(workspaceId) },
    env: { SLO_STEP_SECONDS: '2' },
  })
  await seedPlatform(api.db)
  platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
})
afterAll(async () => {
  await api?.stop()
  folder.remove()
})

const [built] = builtInDefinitions as [Definition, ...Definition[]]
const live: Definition = {
  ...built,
  id: 'live',
  groupBy: [],
  sli: { kind: 'condition', promql: 'test_ok > bool 0' },
}
const save = (definition: Definition, baseVersion: number) =>
  platform.slo.save.mutate({ definition, baseVersion, reason: 'a test of it', withoutPreview: true })
const ask = async (path: string) =>
  ((await (await fetch(`${amp.prometheusUrl()}/api/v1/${path}`)).json()) as { data: Record<string, unknown> }).data
const groups = async () => ((await ask('rules')).groups as { name: string }[]).map(({ name }) => name)

it('a definition that is saved counts events, while others change their rules', async () => {
  const record = { record: 'test_ok', expr: 'vector(1)', labels: { tenant: 'tickwatch' } }
  const theirs = JSON.stringify({ groups: [{ name: 'theirs', interval: '1s', rules: [record] }] })
  await createRuleGroups(workspaceId).put('theirs', theirs)
  await save(live, 0)
  // Its rules are under way, and AMP refuses the next write until they are made.
  await save({ ...live, owner: 'edge' }, 1)
  await vi.waitFor(async () => {
    const { result } = await ask(`query?query=${encodeURIComponent('slo:events:step{slo="live",event="total"}')}`)
    expect(result).toMatchObject([{ metric: { tenant: 'tickwatch', slo: 'live' }, value: [expect.anything(), '1'] }])
  }, soon)
  await vi.waitFor(
    async () =>
      expect(await platform.slo.definition.query({ id: 'live' })).toMatchObject({ rules: { state: 'active' } }),
    soon,
  )
})

it('rules that someone replaced by hand run again', async () => {
  await createRuleGroups(workspaceId).put(
    'tickwatch-slo-0',
    JSON.stringify({ groups: [{ name: 'by-hand', rules: [] }] }),
  )
  const reconciled = () => api.db.platform((tx) => auditLog.list(tx, { action: 'slo.rules.reconcile', pageSize: 10 }))
  await vi.waitFor(async () => expect((await reconciled()).items).toMatchObject([{ target: 'tickwatch-slo-0' }]), soon)
  await vi.waitFor(async () => expect(await groups()).toContain('slo-tickwatch-live'), soon)
  expect(await groups()).not.toContain('by-hand')
})

it('an API that stops in the middle of a write goes on with it when it is back', async () => {
  await save({ ...live, id: 'later' }, 0)
  await api.restart()
  await vi.waitFor(async () => expect(await groups()).toContain('slo-tickwatch-later'), soon)
  await vi.waitFor(
    async () =>
      expect(await platform.slo.definition.query({ id: 'later' })).toMatchObject({ rules: { state: 'active' } }),
    soon,
  )
})
