// This release reads what each other release wrote.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BundleReader, type HeartbeatAnswer, type PolicyNews } from '@tickwatch/policy'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { Members } from '../../../packages/policy/src/testing/members.ts'
import type { newsAnswer } from './policy/policyNews.ts'
import { openBundle, readManifest, readPublicKeys } from './policy/policyTrust.ts'
import { heartbeatAnswer } from './shares/heartbeat.ts'
import { StateStore } from './stateStore.ts'

const fixtures = new URL('../../../packages/policy/src/fixtures/', import.meta.url)
const releases = readdirSync(fixtures).filter((name) => name !== 'README.md')

describe.each(releases)('of release %s', (release) => {
  const read = (name: string) => readFileSync(new URL(`${release}/${name}`, fixtures), 'utf8')
  const trust = { publicKeys: readPublicKeys(read('publicKey.pem')), environment: 'test' }
  const store = new StateStore(fileURLToPath(new URL(`${release}/state`, fixtures)))

  it('the policy on disk is verified and read', async () => {
    const saved = (await store.loadPolicy()) ?? expect.fail('no policy')
    const bundle = openBundle(readManifest(saved.manifest), saved.gzip, trust, new BundleReader())
    expect(bundle.tenants.get('acme')?.limits).toMatchObject({ 'ingest.samplesPerSecond': 5_000 })
  })

  it('the shares on disk are read', async () => {
    const shares = (await store.loadShares()) ?? expect.fail('no shares')
    expect(shares.defaultShare).toBe(0.5)
    expect(shares.byTenant.get('acme')).toMatchObject({ samples: 0.75, requests: 0.75, series: 1, queries: 0.5 })
  })

  it('the answer to a heartbeat is accepted, with all its members', () => {
    const sent = JSON.parse(read('heartbeatAnswer.json'))
    expect(heartbeatAnswer.parse(sent)).toMatchObject(sent)
  })
})

describe('an answer', () => {
  it('without its optional members is accepted: a missing share is the default share', () => {
    const shares = { acme: { samples: 0.7 }, globex: {} }
    expect(heartbeatAnswer.parse({ shares, defaultShare: 0.5 })).toEqual({
      policyVersionHint: null,
      shares: {
        acme: { samples: 0.7, requests: 0.5, series: 0.5, queries: 0.5 },
        globex: { samples: 0.5, requests: 0.5, series: 0.5, queries: 0.5 },
      },
      defaultShare: 0.5,
      nextHeartbeatMs: 1_000,
    })
  })

  it('of a newer control plane is accepted without the members that are unknown here', () => {
    const share = { samples: 1, requests: 1, series: 1, queries: 1 }
    const sent = { policyVersionHint: 8, shares: { acme: share }, defaultShare: 1, nextHeartbeatMs: 500 }
    const seriesClaims = { acme: { total: 9 } }
    const future = { shares: { acme: { ...share, future: 0.5 } }, seriesClaims, future: true }
    const taken = { ...sent, seriesClaims: { acme: { total: 9, sketched: false } } }
    expect(heartbeatAnswer.parse({ ...sent, ...future })).toEqual(taken)
  })

  it('without shares is ignored: the last shares stay in force', () => {
    expect(heartbeatAnswer.safeParse({ policyVersionHint: 8, defaultShare: 1 }).success).toBe(false)
    expect(heartbeatAnswer.safeParse({ policyVersionHint: 8, shares: {} }).success).toBe(false)
  })

  // The type check compares them.
  it('is read with every member that the control plane may send', () => {
    type Of<Schema extends z.ZodType> = Members<z.output<Schema>>
    expectTypeOf<Of<typeof heartbeatAnswer>>().toEqualTypeOf<Members<HeartbeatAnswer>>()
    expectTypeOf<Of<typeof newsAnswer>>().toEqualTypeOf<Members<PolicyNews>>()
  })
})
