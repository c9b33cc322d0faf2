import type { ObservedAmi, Severity } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { buildImage, createSigningKey } from '../../../../../local/src/images/buildImage.ts'
import { factsOfBuild, sampleBuild } from '../../../../../local/src/testing/sampleImage.ts'
import { checkNames } from './checks.ts'
import { decide, type ImageFacts, imagePolicy, tagsOf } from './image.rules.ts'
import { parseKeys } from './keys.ts'

const key = createSigningKey()
const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2027-01-01T00:00:00Z' }
const keys = parseKeys(JSON.stringify({ keys: [{ name: 'release', publicKey: key.pem, ...validity }] }))
const built = sampleBuild.builtAt
const after = (of: { days?: number; minutes?: number }) =>
  new Date(built.getTime() + (of.days ?? 0) * 86_400_000 + (of.minutes ?? 0) * 60_000)
const now = after({ minutes: 10 })

const registered = factsOfBuild(await buildImage(sampleBuild, key))
const available: ObservedAmi = {
  ownerId: sampleBuild.ownerId,
  state: 'available',
  architecture: 'arm64',
  imdsSupport: 'v2.0',
  tags: { ...tagsOf(sampleBuild), Name: 'gateway' },
}
const facts: ImageFacts = {
  ...registered,
  registeredAt: after({ minutes: 1 }),
  amis: registered.amis.map(({ region, architecture, imageId: amiId }) => ({
    ...{ region, architecture, amiId, observedAt: now },
    observed: { ...available, architecture },
  })),
  scans: ['arm64', 'x86_64'].map((architecture) => ({ architecture, scannedAt: built, databaseBuiltAt: built })),
  vulnerabilities: [],
  exceptions: [],
}
const decided = (changes: Partial<ImageFacts>, at = now) => decide({ ...facts, ...changes }, keys, at)
const refusalsOf = ({ checks }: ReturnType<typeof decide>) => checks.flatMap(({ refusals }) => refusals)
const codesOf = (verdict: ReturnType<typeof decide>) => refusalsOf(verdict).map(({ code }) => code)
const reasonsOf = (verdict: ReturnType<typeof decide>) => refusalsOf(verdict).map(({ reason }) => reason)

it('an image that passes every check may roll out, and each check says what it shows', () => {
  const { ready, checks } = decided({})
  expect(ready).toBe(true)
  expect(checks.map(({ name }) => name)).toEqual(checkNames)
  for (const { proof } of checks) expect(proof).toMatch(/\.$/)
})

it('an image that is not signed may not, whatever else is right', () => {
  expect(decided({ bundle: null })).toMatchObject({ ready: false, provenance: null })
  expect(decide(facts, [], now).ready).toBe(false)
})

describe('an AMI', () => {
  const withAmi = (change: Partial<ObservedAmi>) =>
    decided({ amis: facts.amis.map((ami, i) => (i === 0 ? { ...ami, observed: { ...available, ...change } } : ami)) })
  it.each<[string, Partial<ObservedAmi>, string]>([
    ['that is not copied yet', { state: 'pending' }, 'is pending, not available'],
    ['that was disabled', { state: 'disabled' }, 'is disabled, not available'],
    ['of another account', { ownerId: '999999999999' }, 'is of the account 999999999999, the manifest of 000000000000'],
    ['of another architecture', { architecture: 'x86_64' }, 'is of the architecture x86_64, not arm64'],
    ['with IMDSv1', { imdsSupport: null }, 'may answer IMDSv1'],
    [
      'of another commit',
      { tags: { ...tagsOf(sampleBuild), 'tickwatch:commit': 'f' } },
      'has f in the tag tickwatch:commit.',
    ],
    ['without a tag', { tags: { 'tickwatch:commit': sampleBuild.commit } }, 'does not have the tag tickwatch:role.'],
  ])('%s may not roll out', (_what, change, sentence) => {
    const verdict = withAmi(change)
    expect(verdict.ready).toBe(false)
    expect(reasonsOf(verdict)).toHaveLength(1)
    expect(reasonsOf(verdict)[0]).toContain(sentence)
  })

  it.each([
    ['that EC2 does not know', { observed: null }, 'ami-not-found'],
    ['about which EC2 was not asked', { observed: null, observedAt: null }, 'ami-not-asked'],
    ['about which EC2 answered too long ago', { observedAt: after({ minutes: -21 }) }, 'ami-answer-old'],
  ])('%s may not roll out', (_what, change, code) => {
    const amis = facts.amis.map((ami, i) => (i === 1 ? { ...ami, ...change } : ami))
    expect(codesOf(decided({ amis }))).toEqual([code])
  })

  it('may, until EC2’s answer is exactly half an hour old', () => {
    const at = after({ minutes: 10 + imagePolicy.answerAgeMinutesMax })
    expect(decided({}, at).ready).toBe(true)
    expect(codesOf(decided({}, new Date(at.getTime() + 1)))).toEqual(['ami-answer-old', 'ami-answer-old'])
  })
})

describe('a vulnerability', () => {
  const found = (severity: Severity, name = 'openssl-libs', fixedIn: string[] = []) => ({
    ...{ vulnerability: 'TW-EXAMPLE-1', package: name, severity, fixedIn },
  })
  it.each<[Severity, boolean]>([
    ['critical', false],
    ['high', false],
    ['unknown', false],
    ['medium', true],
    ['low', true],
    ['negligible', true],
  ])('that is %s', (severity, ready) => {
    expect(decided({ vulnerabilities: [found(severity)] }).ready).toBe(ready)
  })

  it('is named once for all versions and architectures, with its remedy; the worst first', () => {
    const verdict = decided({
      vulnerabilities: [found('high', 'curl'), found('medium'), found('critical', 'openssl-libs', ['3.0.9', '3.1.1'])],
    })
    expect(refusalsOf(verdict)).toEqual([
      {
        code: 'vulnerability',
        reason: 'TW-EXAMPLE-1 of openssl-libs is critical.',
        remedy: 'Update openssl-libs to 3.0.9 or 3.1.1. Or let a platform admin make an exception.',
      },
      {
        code: 'vulnerability',
        reason: 'TW-EXAMPLE-1 of curl is high.',
        remedy: 'No version fixes it yet. Or let a platform admin make an exception.',
      },
    ])
  })

  it('is allowed by an exception for it and this package, and by no other', () => {
    const exception = (vulnerability: string, name: string) => ({ vulnerability, package: name })
    const vulnerabilities = [found('critical')]
    const ready = (...exceptions: { vulnerability: string; package: string }[]) =>
      decided({ vulnerabilities, exceptions }).ready
    expect(ready(exception('TW-EXAMPLE-1', 'openssl-libs'))).toBe(true)
    expect(ready(exception('TW-EXAMPLE-1', 'curl'))).toBe(false)
    expect(ready(exception('TW-EXAMPLE-2', 'openssl-libs'))).toBe(false)
  })

  it('is counted, not named, if there are very many', () => {
    const vulnerabilities = Array.from({ length: 60 }, (_, i) => found('high', `package-${i}`))
    const reasons = reasonsOf(decided({ vulnerabilities }))
    expect(reasons).toHaveLength(51)
    expect(reasons.at(-1)).toBe('And 10 more.')
  })
})

describe('a vulnerability report', () => {
  it.each([
    ['without a time', { scannedAt: null }, 'scan-without-time'],
    ['without a database', { databaseBuiltAt: null }, 'scan-without-database'],
    ['with an old database', { databaseBuiltAt: after({ days: -5, minutes: -1 }) }, 'scan-database-old'],
  ])('%s proves nothing', (_what, change, code) => {
    expect(codesOf(decided({ scans: facts.scans.map((scan) => ({ ...scan, ...change })) }))).toEqual([code, code])
  })

  it('with a database of five days does', () => {
    const scans = facts.scans.map((scan) => ({ ...scan, databaseBuiltAt: after({ days: -5 }) }))
    expect(decided({ scans }).ready).toBe(true)
  })
})

describe('the age', () => {
  const at = (time: Date) => decided({ amis: facts.amis.map((ami) => ({ ...ami, observedAt: time })) }, time)
  it.each([
    ['90 days', after({ days: 90 }), []],
    ['a millisecond more than 90 days', new Date(after({ days: 90 }).getTime() + 1), ['too-old']],
    ['minus 5 minutes, because clocks differ', after({ minutes: -5 }), []],
    ['minus 6 minutes', after({ minutes: -6 }), ['built-in-future']],
  ])('%s', (_what, time, codes) => {
    expect(codesOf(at(time))).toEqual(codes)
  })
})
