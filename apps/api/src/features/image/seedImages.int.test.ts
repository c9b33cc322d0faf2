// The images of `npm start`, registered as it does: KMS and EC2 of MiniStack, and the route with an API token.
import { createAmis } from '@tickwatch/aws/amis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { prepareImageKey } from '../../../../../local/src/images/imageKey.ts'
import { newerSample, olderSample } from '../../../../../local/src/images/samples.ts'
import { seedImages } from '../../../../../local/src/images/seedImages.ts'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useImages } from '../../../../../local/src/testing/useImages.ts'
import { startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
const { keysFile, url } = useImages()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  await prepareImageKey(url(), keysFile)
  at = await startWithPeople(openCertificateAuthority, urls, { IMAGE_KEYS_FILE: keysFile }, { amis: createAmis() })
})
afterAll(() => at?.stop())

it('has two images, of which one may roll out and the other has a vulnerability, and only once', async () => {
  const addresses = { aws: url(), ec2: url(), api: at.api.urls().portalUrl }
  for (const _start of [1, 2]) {
    await seedImages(at.api.db, addresses, [olderSample, newerSample])
    const { items } = await at.auditor.image.list.query({})
    expect(items.map(({ version, ready, firstRefusal }) => [version, ready, firstRefusal])).toEqual([
      ['0.2.0', true, null],
      ['0.1.0', false, 'EXAMPLE-2026-0001 of openssl-libs is high.'],
    ])
  }
  const { items: tokens } = await at.platform.apiToken.list.query()
  expect(tokens).toMatchObject([{ name: 'local-set-up', state: 'revoked' }])
})
