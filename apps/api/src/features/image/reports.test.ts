import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonOf } from './jsonOf.ts'
import { readManifest } from './manifest.ts'
import { readSbom, readScan } from './reports.ts'

const sbom = (components: unknown) => JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components })
const deep = (levels: number): object =>
  levels === 0 ? {} : { type: 'library', name: `l${levels}`, components: [deep(levels - 1)] }

describe('an SBOM', () => {
  it('lists packages once, with their ecosystem, also those inside others, and no files', () => {
    const components = [
      { type: 'library', name: 'undici', version: '8.12.4', purl: 'pkg:npm/undici@8.12.4' },
      { type: 'library', name: 'undici', version: '8.12.4', purl: 'pkg:npm/undici@8.12.4?path=x' },
      { type: 'file', name: '/etc/passwd' },
      {
        type: 'operating-system',
        name: 'amzn',
        version: '2023',
        components: [{ type: 'library', name: 'bash', version: '5.2', purl: 'pkg:rpm/amzn/bash@5.2' }],
      },
    ]
    expect(readSbom(sbom(components))).toEqual({
      packages: [
        { name: 'amzn', version: '2023', type: '' },
        { name: 'bash', version: '5.2', type: 'rpm' },
        { name: 'undici', version: '8.12.4', type: 'npm' },
      ],
    })
  })

  it.each([
    ['that is not JSON', '{', 'the whole'],
    ['of SPDX', '{"spdxVersion": "SPDX-2.3"}', 'bomFormat'],
    ['without packages', sbom([]), 'It lists no package.'],
    ['with files only', sbom([{ type: 'file', name: 'a' }]), 'It lists no package.'],
    ['with a package without a name', sbom([{ type: 'library' }]), 'components.0.name'],
    ['that is nested without end', sbom([deep(60)]), 'the whole'],
    [
      'with too many packages',
      sbom(Array.from({ length: 20_001 }, (_, i) => ({ type: 'library', name: `p${i}` }))),
      'more than 20000 packages',
    ],
  ])('%s is refused', (_what, text, sentence) => {
    expect(readSbom(text)).toMatchObject({ fault: expect.stringContaining(sentence) })
  })

  it('keeps texts that Postgres can store', () => {
    const name = `a\0b\ud800${'\u{1f600}'.repeat(200)}`
    const read = readSbom(sbom([{ type: 'library', name, version: '\0' }]))
    const [found] = 'packages' in read ? read.packages : []
    expect(found?.name).toMatch(/^a\ufffdb\ufffd/)
    expect(found?.name.isWellFormed()).toBe(true)
    expect(found?.version).toBe('\ufffd')
  })
})

const match = (id: string, severity: string | null, versions: string[] = []) => ({
  vulnerability: { id, severity, fix: { versions, state: 'fixed' } },
  artifact: { name: 'openssl-libs', version: '3.0.8' },
})
const scan = (matches: unknown, descriptor: object = { timestamp: '2026-11-29T12:00:00Z' }) =>
  JSON.stringify({ matches, descriptor })

describe('a vulnerability report', () => {
  it('names each vulnerability of a package once, as its worst', () => {
    const text = scan([
      match('A', 'Low'),
      match('A', 'High', ['3.0.9']),
      match('A', 'Medium'),
      match('B', 'Negligible'),
    ])
    const one = { package: 'openssl-libs', packageVersion: '3.0.8' }
    expect(readScan(text)).toMatchObject({
      found: [
        { ...one, vulnerability: 'A', severity: 'high', fixedIn: ['3.0.9'] },
        { ...one, vulnerability: 'B', severity: 'negligible', fixedIn: [] },
      ],
      scannedAt: new Date('2026-11-29T12:00:00Z'),
    })
  })

  it.each([['Unknown'], ['Catastrophic'], [''], [null]])('takes the severity %s for unknown', (severity) => {
    expect(readScan(scan([match('A', severity)]))).toMatchObject({ found: [{ severity: 'unknown' }] })
  })

  const built = '2026-11-28T01:02:03Z'
  it.each([
    ['of Grype since 0.88', { db: { status: { built, valid: true } } }, new Date(built)],
    ['of older ones', { db: { built, schemaVersion: 5 } }, new Date(built)],
    ['without a database', { db: null }, null],
    ['that says nothing of it', {}, null],
    ['with a time that is none', { db: { built: 'yesterday' } }, null],
    ['with a time before 1970', { db: { built: '0001-01-01T00:00:00Z' } }, null],
  ])('%s says when its database was built', (_what, descriptor, at) => {
    expect(readScan(scan([], descriptor))).toMatchObject({ databaseBuiltAt: at })
  })

  it.each([
    ['that is not JSON', 'none'],
    ['without a list', JSON.stringify({ descriptor: {} })],
    ['of another tool', JSON.stringify({ Results: [] })],
  ])('%s is refused', (_what, text) => {
    expect(readScan(text)).toMatchObject({ fault: expect.stringContaining('It is not a report in Grype’s JSON') })
  })
})

describe('whatever is sent', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((text) => sbom(JSON.parse(text))),
    fc.json().map((text) => scan(JSON.parse(text))),
    fc.json().map((text) => `{"format": 1, "builds": ${text}}`),
    fc.nat({ max: 3_000 }).map((levels) => `${'{"components":['.repeat(levels)}${']}'.repeat(levels)}`),
  )
  it('readers answer with what they read or a sentence, and never throw', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const read of [readSbom, readScan, readManifest]) {
          const answer = read(text)
          if ('fault' in answer) expect(answer.fault).toMatch(/\S/)
        }
      }),
    )
  })

  it('JSON is read as JSON.parse does, if it is not nested too deep', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => ` ${JSON.stringify(text)}`),
        ),
        (text) => {
          const plain = (() => {
            try {
              return JSON.parse(text)
            } catch {
              return undefined
            }
          })()
          expect(jsonOf(text)).toEqual(plain)
        },
      ),
    )
    expect(jsonOf('['.repeat(100) + ']'.repeat(100))).toBeDefined()
    expect(jsonOf('['.repeat(101) + ']'.repeat(101))).toBeUndefined()
    expect(jsonOf(`"${'['.repeat(500)}\\"${'['.repeat(500)}"`)).toBeDefined()
  })
})
