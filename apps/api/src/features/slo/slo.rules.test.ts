import type { RuleNamespace } from '@tickwatch/db'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { createCompiler } from './slo.compiler.ts'
import {
  changeOf,
  namespaceFor,
  namespaceMax,
  otherRules,
  type Placed,
  sloBytesMax,
  subjectOf,
  weakeningsOf,
} from './slo.rules.ts'
import { rulesState } from './slo.views.ts'

const [built] = builtInDefinitions as [Definition, ...Definition[]]

describe('the namespace of an SLO', () => {
  const full = (namespace: number): Placed[] =>
    Array.from({ length: namespaceMax.slos }, (_, i) => ({ id: `s${namespace}-${i}`, namespace, bytes: 6_000 }))
  const large = (namespace: number): Placed[] => [
    { id: `l${namespace}`, namespace, bytes: namespaceMax.bytes - 10_000 },
  ]
  it.each<[string, string, number, Placed[], number]>([
    ['of the first one is the first', 'new', 6_000, [], 0],
    ['of a new one is the first with room for one more', 'new', 6_000, full(0), 1],
    ['of a new one is the first with room for its bytes', 'new', 20_000, [...large(0), ...large(1)], 2],
    ['that others left is used again', 'new', 6_000, [...full(0).slice(1), ...full(1)], 0],
    ['stays the same when the SLO changes, also in a full one', 's1-7', 9_000, [...full(1)], 1],
    [
      'changes if the SLO outgrows it',
      'l0',
      namespaceMax.bytes,
      [...large(0), { id: 'a', namespace: 0, bytes: 9_000 }],
      1,
    ],
  ])('%s', (_what, id, bytes, placed, namespace) => {
    expect(namespaceFor(id, bytes, placed)).toBe(namespace)
  })

  it('has room for many of the longest that can be saved, and of usual ones', () => {
    expect(namespaceMax.bytes / sloBytesMax).toBeGreaterThanOrEqual(10)
    const { bytes } = createCompiler(60).measure(built)
    expect(bytes * namespaceMax.slos).toBeLessThan(namespaceMax.bytes)
  })
})

it('rules of others are those of all namespaces but ours, the platform’s own alerts too', () => {
  const row = { sha256: null, sendingSha256: null, modifiedAt: null, attemptedAt: null, failure: null }
  const rows: RuleNamespace[] = [
    { ...row, name: 'tickwatch-slo-0', rules: 24 },
    { ...row, name: 'tickwatch-platform', rules: 4 },
    { ...row, name: 'team/one', rules: 7 },
  ]
  expect(otherRules(rows)).toBe(11)
})

describe('a change', () => {
  it.each<[string, Definition | null, Definition | null, RegExp | null]>([
    ['that makes an SLO', null, built, null],
    ['that makes it stricter', built, { ...built, objective: 0.9995 }, null],
    ['of its owner', built, { ...built, owner: 'edge' }, null],
    ['that lowers its objective', built, { ...built, objective: 0.99 }, /The objective falls from 99.9 % to 99 %/],
    ['that deletes it', built, null, /deleted/],
  ])('%s needs another person only if it weakens the SLO', (_what, before, after, way) => {
    const ways = weakeningsOf(before, after)
    expect(ways.length > 0).toBe(way !== null)
    if (way) expect(ways.join()).toMatch(way)
  })

  it('is read back from its request as it was asked', () => {
    const change = { baseVersion: 3, before: built, after: { ...built, objective: 0.99 }, weakenings: ['It falls.'] }
    expect(changeOf(subjectOf(built.id, change))).toEqual(change)
    const deletion = { ...change, after: null }
    expect(changeOf(subjectOf(built.id, deletion))).toEqual(deletion)
  })

  it('that is not what its hash says, or that only a newer release can read, can’t be approved', () => {
    const subject = subjectOf(built.id, { baseVersion: 3, before: built, after: null, weakenings: [] })
    expect(changeOf({ ...subject, content: { ...Object(subject.content), baseVersion: 4 } })).toBeNull()
    const newer = { ...built, sli: { kind: 'forecast' } } as unknown as Definition
    expect(changeOf(subjectOf(built.id, { baseVersion: 3, before: built, after: newer, weakenings: [] }))).toBeNull()
  })
})

describe('the rules of an SLO', () => {
  const wanted = { name: 'tickwatch-slo-0', yaml: '', sha256: 'b', rules: 4 }
  const row = { name: wanted.name, rules: 4, modifiedAt: null, attemptedAt: null, failure: null }
  it.each([
    ['are active once AMP evaluates the file', { ...row, sha256: 'b', sendingSha256: null }, { state: 'active' }],
    ['wait before the first write', undefined, { state: 'waiting' }],
    ['wait while the file is sent', { ...row, sha256: 'a', sendingSha256: 'b' }, { state: 'waiting' }],
    [
      'are refused with AMP’s reason',
      { ...row, sha256: 'a', sendingSha256: 'b', failure: 'no' },
      { state: 'refused', why: 'no' },
    ],
    [
      'wait if AMP refused an earlier file',
      { ...row, sha256: 'a', sendingSha256: 'c', failure: 'no' },
      { state: 'waiting' },
    ],
  ])('%s', (_what, known, state) => {
    expect(rulesState(wanted, known)).toEqual(state)
  })
})

it('a definition that can’t be compiled any more keeps only its own namespace from being written', () => {
  const slo = (id: string, namespace: number, promql: string) => {
    const definition: Definition = { ...built, id, sli: { kind: 'condition', promql } }
    return {
      id,
      tenantId: 'tickwatch',
      version: 1,
      definition,
      savedAt: new Date(0),
      by: { subject: 'a', name: 'A' },
      namespace,
    }
  }
  const { wanted, uncompiled } = createCompiler(60).namespaces([slo('good', 0, 'up == bool 1'), slo('bad', 1, 'up ==')])
  expect(wanted.map(({ name }) => name)).toEqual(['tickwatch-slo-0'])
  expect(uncompiled).toMatchObject([{ id: 'bad', namespace: 1, why: expect.any(String) }])
})
