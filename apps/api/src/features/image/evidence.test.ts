// Real signatures, by keys that the test makes, over attestations as cosign writes them.
import { describe, expect, it } from 'vitest'
import {
  attest,
  type Build,
  buildImage,
  createSigningKey,
  type Registration,
  statementOf,
} from '../../../../../local/src/images/buildImage.ts'
import { factsOfBuild, sampleBuild } from '../../../../../local/src/testing/sampleImage.ts'
import { type Evidence, examine } from './evidence.ts'
import cosign from './fixtures/cosign.json' with { type: 'json' }
import { parseKeys } from './keys.ts'

const key = createSigningKey()
const other = createSigningKey()
const registeredAt = new Date('2026-11-29T12:00:00Z')
const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2027-01-01T00:00:00Z' }
const keysWith = (times: Partial<typeof validity> = {}) =>
  parseKeys(JSON.stringify({ keys: [{ name: 'release', publicKey: key.pem, ...validity, ...times }] }))
const keys = keysWith()
const build: Build = { ...sampleBuild, builtAt: registeredAt }
const sent = await buildImage(build, key)
const evidenceOf = (registration: Registration): Evidence => ({ ...factsOfBuild(registration), registeredAt })
const examined = (changes: Partial<Registration>, allowed = keys) =>
  examine(evidenceOf({ ...sent, ...changes }), allowed)
const codesOf = ({ checks }: ReturnType<typeof examine>) =>
  checks.flatMap(({ name, refusals }) => refusals.map(({ code }) => `${name}: ${code}`))
const json = (text: string | null) => JSON.parse(text ?? '') as never
const changedBundle = (change: (bundle: { [member: string]: never }) => object) => {
  const bundle = json(sent.bundle)
  return JSON.stringify(change(bundle))
}
const ofStatement = async (change: object, payloadType?: string) => ({
  bundle: await attest({ ...statementOf(sent.manifest, build.commit), ...change }, key, payloadType),
})

describe('an image', () => {
  it('that an allowed key signed is proven, with what the provenance says', () => {
    const { checks, provenance, manifest } = examined({})
    expect(codesOf({ checks, provenance, manifest })).toEqual([])
    expect(checks.map(({ proof }) => proof)).toEqual([
      'The key release signed the attestation, and was valid when the image was registered.',
      `It attests this manifest, of the commit ${build.commit}, built by https://ci.example/tickwatch/images.`,
      'It is of gateway 1.4.0 and names exactly the AMIs that are registered.',
      'It has the hashes of the SBOM and of the vulnerability report of each architecture.',
    ])
    expect(provenance).toEqual({
      builderId: 'https://ci.example/tickwatch/images',
      buildType: 'https://tickwatch.example/packer/v1',
      invocationId: 'run-1',
      source: 'git+https://git.example/tickwatch@refs/heads/main',
    })
    expect(manifest?.commit).toBe(build.commit)
  })

  it('that cosign itself signed is proven, and not with another key', () => {
    const { manifest, bundle } = cosign
    const allowed = parseKeys(JSON.stringify({ keys: [{ name: 'release', publicKey: cosign.publicKey, ...validity }] }))
    expect(codesOf(examined({ manifest, bundle }, allowed))).toEqual([])
    expect(codesOf(examined({ manifest, bundle }))[0]).toBe('signature: key-unknown')
    expect(codesOf(examined({ manifest: `${manifest} `, bundle }, allowed))).toContain('provenance: subject-digest')
  })

  it('may have a statement of in-toto’s v1, and a bundle with members of a later cosign', async () => {
    const { bundle } = await ofStatement({ _type: 'https://in-toto.io/Statement/v1' })
    expect(codesOf(examined({ bundle }))).toEqual([])
    expect(codesOf(examined({ bundle: changedBundle((bundle) => ({ ...bundle, later: {} })) }))).toEqual([])
  })

  const noProvenance = 'provenance: statement-unreadable'
  const elsewhere = { region: 'eu-west-1', architecture: 'x86_64', imageId: 'ami-0000000000000000e' } as const
  const wrongKeySays = { hint: key.hint, sign: other.sign }
  const cases: [string, () => Partial<Registration> | Promise<Partial<Registration>>, string[]][] = [
    ['that is not signed', () => ({ bundle: null }), ['signature: unsigned', noProvenance]],
    ['whose bundle is not JSON', () => ({ bundle: '{' }), ['signature: bundle-unreadable', noProvenance]],
    ['whose bundle is another thing', () => ({ bundle: '[]' }), ['signature: bundle-unreadable', noProvenance]],
    [
      'whose bundle is nested without end',
      () => ({ bundle: '['.repeat(200_000) }),
      ['signature: bundle-unreadable', noProvenance],
    ],
    [
      'with a signature over the file instead of an attestation',
      async () => ({
        bundle: changedBundle(({ dsseEnvelope: _, ...bundle }) => ({
          ...bundle,
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest: Buffer.alloc(32).toString('base64') },
            signature: 'MEUC',
          },
        })),
      }),
      ['signature: no-attestation', noProvenance],
    ],
    [
      'that was signed with a certificate',
      () => ({
        bundle: changedBundle((bundle) => ({
          ...bundle,
          verificationMaterial: { certificate: { rawBytes: 'MIIB' } },
        })),
      }),
      ['signature: signed-without-key', noProvenance],
    ],
    [
      'that a key signed which is not allowed',
      () => buildImage(build, other),
      ['signature: key-unknown', noProvenance],
    ],
    [
      'that another key signed under the name of an allowed one',
      () => buildImage(build, wrongKeySays),
      ['signature: signature-wrong', noProvenance],
    ],
    [
      'whose statement was changed after it was signed',
      () => ({
        bundle: changedBundle((bundle) => {
          const { dsseEnvelope } = bundle as { dsseEnvelope?: { payload: string } }
          const payload = Buffer.from(dsseEnvelope?.payload ?? '', 'base64')
            .toString()
            .replace('run-1', 'run-2')
          return { ...bundle, dsseEnvelope: { ...dsseEnvelope, payload: Buffer.from(payload).toString('base64') } }
        }),
      }),
      ['signature: signature-wrong', noProvenance],
    ],
    [
      'whose manifest was changed after it was signed',
      () => ({ manifest: sent.manifest.replace('"kernel": "6.1"', '"kernel": "6.2"') }),
      ['provenance: subject-digest'],
    ],
    [
      'whose signature is over a payload of another type',
      () => ofStatement({}, 'text/plain'),
      ['provenance: payload-type'],
    ],
    [
      'whose payload is not a statement',
      () => ofStatement({ _type: 'https://example.com/other' }),
      ['provenance: statement-unreadable'],
    ],
    [
      'with another predicate than SLSA’s provenance',
      () => ofStatement({ predicateType: 'https://cyclonedx.org/bom' }),
      ['provenance: predicate-type'],
    ],
    [
      'with the provenance of SLSA v0.2',
      () => ofStatement({ predicateType: 'https://slsa.dev/provenance/v0.2' }),
      ['provenance: predicate-type'],
    ],
    [
      'whose statement is about two things',
      () => {
        const { subject } = statementOf(sent.manifest, build.commit)
        return ofStatement({ subject: [...subject, ...subject] })
      },
      ['provenance: subject-digest'],
    ],
    ['whose statement is about nothing', () => ofStatement({ subject: [] }), ['provenance: subject-digest']],
    [
      'whose provenance names no builder',
      () => ofStatement({ predicate: { buildDefinition: { buildType: 'a' }, runDetails: {} } }),
      ['provenance: provenance-unreadable'],
    ],
    [
      'whose provenance is of another commit',
      () => ofStatement({ predicate: statementOf(sent.manifest, 'f'.repeat(40)).predicate }),
      ['provenance: commit-not-signed'],
    ],
    [
      'with the evidence of another AMI',
      () => ({ amis: sent.amis.map((ami) => ({ ...ami, imageId: 'ami-0000000000000000f' })) }),
      ['manifest: ami-not-signed', 'manifest: ami-not-signed', 'manifest: ami-not-signed', 'manifest: ami-not-signed'],
    ],
    ['with one AMI more than was signed', () => ({ amis: [...sent.amis, elsewhere] }), ['manifest: ami-not-signed']],
    ['with one AMI less', () => ({ amis: sent.amis.slice(1) }), ['manifest: ami-not-signed']],
    ['with the evidence of another version', () => ({ version: '1.5.0' }), ['manifest: image-not-signed']],
    ['with the evidence of another name', () => ({ name: 'edge' }), ['manifest: image-not-signed']],
    [
      'with another SBOM than was signed',
      () => ({ reports: sent.reports.map((report) => ({ ...report, sbom: `${report.sbom} ` })) }),
      ['reports: report-not-signed', 'reports: report-not-signed'],
    ],
    [
      'with a vulnerability report from which something was removed',
      () => ({
        reports: sent.reports.map((report) => ({
          ...report,
          vulnerabilities: report.vulnerabilities.replace('TW-EXAMPLE-1', 'TW-EXAMPLE-2'),
        })),
      }),
      ['reports: report-not-signed', 'reports: report-not-signed'],
    ],
    ['without the reports of an architecture', () => ({ reports: sent.reports.slice(1) }), ['reports: report-missing']],
    [
      'with reports of an architecture that was not signed',
      async () => ({ ...(await buildImage({ ...build, amis: build.amis.slice(0, 1) }, key)), reports: sent.reports }),
      ['reports: report-not-signed'],
    ],
    ['without any reports', () => ({ reports: [] }), ['reports: report-missing', 'reports: report-missing']],
  ]
  it.each(cases)('%s is refused', async (_what, change, codes) => {
    expect(codesOf(examined(await change()))).toEqual(codes)
  })

  it('whose manifest says less than it must is refused, although it is signed', async () => {
    const manifest = JSON.stringify({ ...(json(sent.manifest) as object), commit: 'main' })
    const bundle = await attest(statementOf(manifest, 'main'), key)
    const { checks } = examined({ manifest, bundle })
    expect(checks.flatMap(({ refusals }) => refusals.map(({ code }) => code))).toEqual([
      'manifest-unreadable',
      'manifest-unreadable',
    ])
    expect(checks[2]?.refusals[0]?.reason).toContain('commit: Use the 40 hexadecimal digits')
  })

  it.each([
    ['had expired when it was registered', { validUntil: '2026-11-29T12:00:00Z' }, 'key-expired'],
    ['was not valid yet', { validFrom: '2026-11-29T12:00:01Z' }, 'key-not-yet-valid'],
  ])('whose key %s is refused', (_what, times, code) => {
    expect(codesOf(examined({}, keysWith(times)))).toEqual([`signature: ${code}`, noProvenance])
  })

  it('stays trusted if its key expires after it was registered, and not if its key is removed', () => {
    expect(codesOf(examined({}, keysWith({ validUntil: '2026-11-29T12:00:00.001Z' })))).toEqual([])
    expect(codesOf(examined({}, []))).toEqual(['signature: key-unknown', noProvenance])
  })

  it('is refused with a sentence and a remedy for each reason', async () => {
    for (const [, change] of cases) {
      for (const { reason, remedy } of examined(await change()).checks.flatMap(({ refusals }) => refusals)) {
        expect(reason).toMatch(/^[A-Z].*[.!]$/s)
        expect(remedy).toMatch(/^[A-Z].*\.$/)
      }
    }
  })
})

describe('the file of keys', () => {
  const of = (publicKey: string) => JSON.stringify({ keys: [{ name: 'release', publicKey, ...validity }] })
  it.each([
    ['is not JSON', '{'],
    ['has no list', '{}'],
    ['has no key', of('none')],
    ['has a time that is none', of(key.pem).replace('2027-01-01T00:00:00Z', 'later')],
  ])('that %s is refused as a whole', (_what, text) => {
    expect(() => parseKeys(text)).toThrow(/^The keys of images can't be read: /)
  })

  it('names keys as cosign does', () => {
    expect(parseKeys(of(key.pem))[0]?.hint).toBe(key.hint)
  })
})
