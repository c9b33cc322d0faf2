// What a pipeline sends over the route with an API token: real Postgres, real signatures, and EC2 of MiniStack.
import { createAmis } from '@tickwatch/aws/amis'
import { auditLog, images } from '@tickwatch/db'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, createSigningKey, type Registration } from '../../../../../local/src/images/buildImage.ts'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { sampleBuild } from '../../../../../local/src/testing/sampleImage.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useImages } from '../../../../../local/src/testing/useImages.ts'
import { startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
const pipeline = useImages()
const { key, built, builtNow } = pipeline
let at: Awaited<ReturnType<typeof startWithPeople>>
let token: string

const tokenOf = async (name: string, scope: 'images:register' | 'alerts:send' = 'images:register') =>
  (await at.platform.apiToken.create.mutate({ name, scopes: [scope], expiresInDays: 1 })).token

beforeAll(async () => {
  const env = { IMAGE_KEYS_FILE: pipeline.keysFile }
  at = await startWithPeople(openCertificateAuthority, urls, env, { amis: createAmis() })
  token = await tokenOf('pipeline')
})
afterAll(() => at?.stop())

async function send(registration: unknown, bearer: string | null = token) {
  const answer = await fetch(`${at.api.urls().portalUrl}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
    body: typeof registration === 'string' ? registration : JSON.stringify(registration),
  })
  return { status: answer.status, body: (await answer.json()) as { [member: string]: never } }
}
const audited = async (action: string) =>
  (await at.api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))).items

describe('a pipeline', () => {
  let sent: Registration
  let id: string

  it('registers an image, which may roll out at once if all is right', async () => {
    sent = await buildImage(await built('1.0.0'), key)
    const { status, body } = await send(sent)
    expect({ status, body }).toMatchObject({ status: 201, body: { name: 'gateway', version: '1.0.0', refusals: [] } })
    expect(body.ready).toBe(true)
    id = String(body.id)
    const [listed] = (await at.auditor.image.list.query({})).items
    expect(listed).toMatchObject({
      ...{ id, ready: true, registeredBy: 'pipeline', severities: { low: 1 }, excepted: 0 },
      ...{ regions: ['eu-west-1', 'us-east-1'], architectures: ['arm64', 'x86_64'], commit: sampleBuild.commit },
    })
    const [event] = await audited('image.register')
    expect(event).toMatchObject({ actorKind: 'machine', actorName: 'API token pipeline', target: 'gateway 1.0.0' })
  })

  it('sees on the page what was checked, who built it, and the AMIs as EC2 has them', async () => {
    const view = await at.auditor.image.get.query({ id })
    expect(view.checks.flatMap(({ proof }) => proof ?? [])).toHaveLength(8)
    expect(view.provenance).toMatchObject({ builderId: 'https://ci.example/tickwatch/images' })
    expect(view.amis.map(({ region, state }) => [region, state])).toEqual([
      ['eu-west-1', 'available'],
      ['us-east-1', 'available'],
    ])
    expect(await at.auditor.image.packages.query({ id, search: 'OPENSSL' })).toEqual({
      items: [{ name: 'openssl-libs', type: 'rpm', versions: ['3.0.8'] }],
      total: 1,
    })
    expect(await at.auditor.image.vulnerabilities.query({ id })).toMatchObject({
      items: [{ vulnerability: 'TW-EXAMPLE-1', severity: 'low', counts: false, exceptedUntil: null }],
    })
    const evidence = await at.auditor.image.evidence.query({ id })
    expect(evidence).toEqual({ manifest: sent.manifest, bundle: sent.bundle, publicKey: key.pem })
    const { text } = await at.auditor.image.report.query({ id, architecture: 'arm64', kind: 'sbom' })
    expect(text).toBe(sent.reports[0]?.sbom)
  })

  it('may send the same again, and changes nothing', async () => {
    expect(await send(sent)).toMatchObject({ status: 200, body: { id } })
    expect(await audited('image.register')).toHaveLength(1)
  })

  it('must not register another image under the same version, or an AMI twice', async () => {
    const another = await buildImage({ ...(await built('1.0.0')), commit: 'b'.repeat(40) }, key)
    expect(await send(another)).toMatchObject({ status: 409, body: { code: 'image-exists' } })
    const sameAmis = await buildImage({ ...builtNow('1.0.1'), amis: sent.amis }, key)
    const refused = await send(sameAmis)
    expect(refused).toMatchObject({ status: 409, body: { code: 'image-ami-taken' } })
    expect(refused.body.title).toContain('is registered already, as gateway 1.0.0')
  })

  it.each<[string, (good: Registration) => Partial<Registration> | Promise<Partial<Registration>>, string]>([
    ['an image that is not signed', () => ({ bundle: null }), 'unsigned'],
    ['an image with a changed manifest', ({ manifest }) => ({ manifest: `${manifest} ` }), 'subject-digest'],
    [
      'the evidence of another AMI',
      ({ amis }) => ({ amis: amis.map((ami) => ({ ...ami, imageId: 'ami-0123456789abcdef0' })) }),
      'ami-not-signed',
    ],
    [
      'an image that an unknown key signed',
      async () => buildImage(await built('2.0.0'), createSigningKey()),
      'key-unknown',
    ],
  ])('can’t register %s, and the audit log says who tried', async (_what, change, code) => {
    const good = await buildImage(await built('2.0.0'), key)
    const before = (await audited('image.refuse')).length
    const refused = await send({ ...good, ...(await change(good)) })
    expect(refused).toMatchObject({ status: 422, body: { code: 'image-not-proven' } })
    expect(refused.body.details).toContainEqual(expect.objectContaining({ code }))
    const refusals = await audited('image.refuse')
    expect(refusals).toHaveLength(before + 1)
    expect(refusals[0]).toMatchObject({ actorName: 'API token pipeline', target: 'gateway 2.0.0' })
    expect(await at.api.db.platform((tx) => images.byKey(tx, good))).toBeNull()
  })

  it('without a token, or with one that may not, is refused before the body is read', async () => {
    expect((await send('not JSON', null)).status).toBe(401)
    expect((await send('not JSON', await tokenOf('alerts', 'alerts:send'))).status).toBe(403)
  })

  it.each([
    ['an SBOM that is none', { sbom: '{}' }, 'image-report-unreadable'],
    ['a report that is none', { vulnerabilities: '[]' }, 'image-report-unreadable'],
  ])('reads what is wrong with %s', async (_what, change, code) => {
    const report = { ...sent.reports[0], ...change }
    expect(await send({ ...sent, reports: [report] })).toMatchObject({ status: 422, body: { code } })
  })

  it('that sends too fast must wait, and another token need not', async () => {
    const flood = await tokenOf('flood')
    const statuses = []
    for (let i = 0; i < 12; i += 1) statuses.push((await send('{}', flood)).status)
    expect(new Set(statuses)).toEqual(new Set([422, 429]))
    token = await tokenOf('again')
    expect((await send({})).status).toBe(422)
  })
})
