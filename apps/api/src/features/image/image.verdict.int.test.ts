// What changes whether an image may roll out, after it was registered: exceptions, EC2, and keys. Real Postgres, and EC2 of MiniStack.
import { writeFileSync } from 'node:fs'
import { createAmis } from '@tickwatch/aws/amis'
import { auditLog } from '@tickwatch/db'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deregisterAmi, registerAmi } from '../../../../../local/src/images/amis.ts'
import { buildImage, createSigningKey, type Registration } from '../../../../../local/src/images/buildImage.ts'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { sampleBuild } from '../../../../../local/src/testing/sampleImage.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useImages } from '../../../../../local/src/testing/useImages.ts'
import { coded, startWithPeople } from '../../testing/people.ts'
import { createImageJobs } from './image.jobs.ts'
import { tagsOf } from './image.rules.ts'

const urls = useTestDatabase()
const { allow, key, keysFile, built, builtNow, url } = useImages()
const reason = 'The vendor has no fix yet'
let at: Awaited<ReturnType<typeof startWithPeople>>
let admin: pg.Client
let token: string
let ec2Away = false

beforeAll(async () => {
  const ec2 = createAmis()
  const amis: typeof ec2 = {
    describe: (...about) => (ec2Away ? Promise.reject(new Error('EC2 is away')) : ec2.describe(...about)),
  }
  at = await startWithPeople(openCertificateAuthority, urls, { IMAGE_KEYS_FILE: keysFile }, { amis })
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  const about = { name: 'pipeline', scopes: ['images:register' as const], expiresInDays: 1 }
  token = (await at.platform.apiToken.create.mutate(about)).token
})
afterAll(async () => {
  await at?.stop()
  await admin?.end()
})

async function send(registration: Registration) {
  const answer = await fetch(`${at.api.urls().portalUrl}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(registration),
  })
  return { status: answer.status, body: (await answer.json()) as { [member: string]: never } }
}
const audited = async (action: string) =>
  (await at.api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))).items
const codesOf = async (id: string) => {
  const { checks } = await at.auditor.image.get.query({ id })
  return checks.flatMap(({ refusals }) => refusals.map(({ code }) => code))
}

describe('the verdict', () => {
  const high = { id: 'TW-EXAMPLE-2', severity: 'High', package: 'openssl-libs', version: '3.0.8', fixedIn: ['3.0.9'] }
  const about = { imageName: 'gateway', vulnerability: 'TW-EXAMPLE-2', package: 'openssl-libs' }
  let id: string

  it('refuses a high vulnerability until there is an exception, and again once the exception ends or expires', async () => {
    const { body } = await send(await buildImage(await built('3.0.0', { vulnerabilities: [high] }), key))
    expect(body.ready).toBe(false)
    expect(body.refusals).toMatchObject([{ code: 'vulnerability', remedy: expect.stringContaining('to 3.0.9') }])
    id = String(body.id)
    const except = () => at.platform.image.except.mutate({ ...about, expiresInDays: 30, reason })
    const first = await except()
    expect(await codesOf(id)).toEqual([])
    expect((await at.auditor.image.list.query({})).items[0]).toMatchObject({ id, ready: true, excepted: 1 })
    await expect(except()).rejects.toMatchObject(coded('image-exception-exists'))
    await at.platform.image.endException.mutate({ id: first.id, reason })
    expect(await codesOf(id)).toEqual(['vulnerability'])
    const again = at.platform.image.endException.mutate({ id: first.id, reason })
    await expect(again).rejects.toMatchObject(coded('image-exception-over'))
    const second = await except()
    await admin.query(
      `UPDATE image_exception SET created_at = now() - interval '2 days', expires_at = now() WHERE id = '${second.id}'`,
    )
    expect(await codesOf(id)).toEqual(['vulnerability'])
    const { exceptions } = await at.auditor.image.get.query({ id })
    expect(exceptions.map(({ state }) => state).sort()).toEqual(['ended', 'expired'])
    expect(await audited('imageException.create')).toMatchObject([{ reason }, { reason }])
    expect(await audited('imageException.end')).toMatchObject([{ actor: 'tomas', target: 'TW-EXAMPLE-2', reason }])
  })

  it('gets no exception for what no image has, nor from anyone but a platform admin', async () => {
    const unknown = at.platform.image.except.mutate({ ...about, package: 'curl', expiresInDays: 1, reason })
    await expect(unknown).rejects.toMatchObject(coded('image-vulnerability-unknown'))
    for (const person of [at.auditor, at.owner]) {
      const asked = person.image.except.mutate({ ...about, expiresInDays: 1, reason })
      await expect(asked).rejects.toMatchObject(coded('role-missing'))
    }
    await expect(at.owner.image.list.query({})).rejects.toMatchObject(coded('role-missing'))
  })

  it('follows EC2: an AMI that is gone is refused after the next time that EC2 was asked', async () => {
    const { body } = await send(await buildImage(await built('3.1.0'), key))
    const image = String(body.id)
    expect(await codesOf(image)).toEqual([])
    const view = await at.auditor.image.get.query({ id: image })
    await deregisterAmi(url(), view.amis[0]?.amiId ?? '', view.amis[0]?.region)
    const jobs = createImageJobs({
      ...{ db: at.api.db, amis: createAmis(), ending: new AbortController().signal },
      log: { warn: () => {} } as never,
    })
    await jobs.tasks.observeAmis.run({}, new Date())
    expect(await codesOf(image)).toEqual(['ami-not-found'])
  })

  it('says that an AMI has IMDSv1 or lacks its tags', async () => {
    const of = builtNow('3.2.0')
    const register = (
      architecture: 'x86_64' | 'arm64',
      region: string,
      imdsV1: boolean,
      tags: Record<string, string>,
    ) => registerAmi(url(), { name: `gateway-3.2.0-${architecture}`, architecture, region, tags, imdsV1 })
    const amis = [
      {
        ...{ region: 'us-east-1', architecture: 'x86_64' as const },
        imageId: await register('x86_64', 'us-east-1', true, { ...tagsOf(of), 'tickwatch:commit': 'c' }),
      },
    ]
    const { body } = await send(await buildImage({ ...of, amis }, key))
    expect(body.refusals).toMatchObject([{ code: 'ami-imds' }, { code: 'ami-tag' }])
  })

  it('is not good while EC2 does not answer, and the image is registered all the same', async () => {
    const sent = await buildImage(await built('3.3.0'), key)
    ec2Away = true
    const { status, body } = await send(sent)
    ec2Away = false
    expect(status).toBe(201)
    expect(body.refusals).toMatchObject([{ code: 'ami-not-asked' }, { code: 'ami-not-asked' }])
  })

  it('says how two images differ', async () => {
    const { items } = await at.auditor.image.list.query({})
    const of = (version: string) => items.find((item) => item.version === version)?.id ?? ''
    const packages = [...sampleBuild.packages.slice(1), { name: 'jq', version: '1.7' }]
    const { body } = await send(
      await buildImage(await built('3.4.0', { packages, configuration: { kernel: '6.2' } }), key),
    )
    const diff = await at.auditor.image.diff.query({ from: of('3.0.0'), to: String(body.id) })
    expect(diff.packages).toEqual([
      { name: 'jq', from: null, to: '1.7' },
      { name: 'openssl-libs', from: '3.0.8', to: null },
    ])
    expect(diff.vulnerabilities).toMatchObject([
      { vulnerability: 'TW-EXAMPLE-2', isNew: false },
      { vulnerability: 'TW-EXAMPLE-1', isNew: true },
    ])
    expect(diff.manifest).toContainEqual({ name: 'configuration.kernel', from: '6.1', to: '6.2' })
    expect(diff.totals.manifest).toBe(diff.manifest.length)
  })

  it('changes as soon as a key is removed, and nothing is trusted while the keys can’t be read', async () => {
    // As after a few seconds: the API keeps what it read for that long.
    allow([createSigningKey()])
    await at.api.restart()
    const { items } = await at.auditor.image.list.query({})
    expect(items.length).toBeGreaterThan(3)
    expect(items.map(({ ready }) => ready)).not.toContain(true)
    expect(items[0]?.firstRefusal).toContain('is not allowed')
    writeFileSync(keysFile, '{')
    await at.api.restart()
    await expect(at.auditor.image.list.query({})).rejects.toMatchObject(coded('image-keys-unreadable'))
    expect((await send({ ...(await buildImage(await built('3.5.0'), key)) })).status).toBe(503)
  })
})
