import { describe, expect, it } from 'vitest'
import {
  approveOf,
  approveText,
  type ChangeRequestDetail,
  changesText,
  harmsOf,
  lessText,
  outsideText,
  readApproval,
  stateText,
} from './request.ts'

const samples = { limit: 'ingest.samplesPerSecond', from: 50_000, to: 120_000 } as const
const series = { limit: 'series.activeMax', from: 100_000, to: 200_000 } as const

it('names the limit that is asked for, with its numbers', () => {
  expect(changesText([samples])).toBe('Samples per second 50,000 → 120,000 samples/s')
  expect(changesText([samples, series])).toBe('Samples per second 50,000 → 120,000 samples/s, and 1 more')
})

it('names on the button what it approves', () => {
  expect(approveText([samples], [samples])).toBe('Approve 120,000 samples/s')
  expect(approveText([samples, series], [samples, series])).toBe('Approve 2 changes')
  expect(approveText([{ ...samples, to: 90_000 }], [samples, series])).toBe(
    'Approve 90,000 samples/s instead of 120,000',
  )
})

describe('what an approver typed', () => {
  const reads = (typed: object, asked = [samples]) => {
    const { fields, changes, limits } = readApproval(asked, typed)
    return { faults: fields.map(({ fault }) => fault), changes, limits }
  }
  it('is what was asked, until they change it', () => {
    expect(reads({})).toEqual({ faults: [null], changes: [samples], limits: {} })
  })
  it('may be less, of a raise and of a reduction', () => {
    const limits = { [samples.limit]: 90_000 }
    expect(reads({ [samples.limit]: '90k' })).toEqual({ faults: [null], changes: [{ ...samples, to: 90_000 }], limits })
    const reduction = { ...samples, from: 120_000, to: 50_000 } as const
    expect(readApproval([reduction], { [samples.limit]: '90k' })).toMatchObject({ changes: [{ to: 90_000 }], limits })
  })
  it('leaves out a limit that keeps its value', () => {
    const both = readApproval([samples, series], { [series.limit]: '100,000' })
    expect(both).toMatchObject({ changes: [samples], limits: { [series.limit]: 100_000 } })
  })
  it.each([
    ['130,000', 'Enter a number from 50,000, the present limit, to 120,000, the requested one.'],
    ['49,999', 'Enter a number from 50,000, the present limit, to 120,000, the requested one.'],
    ['50,000', 'This is the present limit. Decline the request instead.'],
    ['', 'Enter a number.'],
    ['many', /is not a number/],
    ['99999999999999999999', /^Enter a number from 50,000/],
  ])('must lie between the present limit and the requested one: %s', (text, fault) => {
    const { faults, changes } = reads({ [samples.limit]: text })
    expect(faults[0]).toMatch(fault)
    expect(changes).toBeNull()
  })
})

describe('an approval in part', () => {
  it.each([
    [[samples], [samples], null],
    [[samples], null, null],
    [[samples], [{ ...samples, to: 90_000 }], 'asked for 120,000, approved 90,000 samples/s'],
    [[samples, series], [samples], 'Active series: asked for 200,000, approved 100,000 series'],
  ])('names both numbers of each limit that differs: %#', (changes, approved, text) => {
    const request = { state: 'approved' as const, messages: [], changes, approved }
    expect(lessText(request)).toBe(text)
    expect(stateText(request).text).toBe(text ? 'approved in part' : 'approved')
  })
})

it('says whose turn it is while a request waits', () => {
  const by = { subject: 'a', name: 'A' }
  const said = (...kinds: ('question' | 'answer')[]) =>
    stateText({
      state: 'pending',
      changes: [samples],
      approved: null,
      messages: kinds.map((kind) => ({ kind, by, at: '', text: 'x' })),
    }).text
  expect(said()).toBe('waits for a decision')
  expect(said('question')).toBe('waits for an answer of the tenant')
  const slo = { kind: 'slo', changes: [], approved: null, messages: [] }
  expect(stateText({ ...slo, state: 'outdated' }).text).toBe('outdated: the SLO changed meanwhile')
  expect(said('question', 'answer')).toBe('answered, waits for a decision')
})

describe('a request that two people must approve', () => {
  const by = { subject: 'pat', name: 'Pat' }
  const approval = { by, at: '2026-12-03T12:00:00.000Z', reason: 'agreed' }
  const asked = { kind: 'rollout', changes: [], approved: null, messages: [], approversNeeded: 2 }
  it('says how many have, and which one a person would be', () => {
    const pending = { ...asked, state: 'pending' as const }
    expect(stateText({ ...pending, approvals: [] }).text).toBe('waits for a decision')
    expect(stateText({ ...pending, approvals: [approval] }).text).toBe('1 of 2 approved, waits for another decision')
    expect(approveOf({ ...asked, approvals: [approval] })).toBe('Approve as 2 of 2')
    expect(approveOf({ approversNeeded: 1, approvals: [] })).toBe('Approve')
  })
  it('says no more once it is decided', () => {
    expect(stateText({ ...asked, state: 'approved', approvals: [approval, approval] }).text).toBe('approved')
    expect(stateText({ ...asked, state: 'outdated', approvals: [approval] }).text).toBe('outdated')
  })
})

describe('how far outside the envelope', () => {
  const limit = 'ingest.samplesPerSecond'
  const bounds = { min: 1_000, max: 80_000 }
  it.each([
    [{ limit, value: 120_000, bounds }, '40,000 samples/s over the envelope’s 80,000'],
    [{ limit, value: 400, bounds }, '600 samples/s under the envelope’s 1,000'],
    [{ limit, value: 400, bounds: null }, 'no envelope, so the platform team decides'],
  ] as const)('%o', (outside, text) => {
    expect(outsideText(outside)).toBe(text)
  })
})

describe('what a request would refuse of the present use', () => {
  const lower = { limit: 'ingest.samplesPerSecond', from: 5_000, to: 125 } as const
  const use = [{ limit: 'ingest.samplesPerSecond', used: 2_980, refusedPerSecond: 0, p99: null }]
  const asked = (more: object) =>
    ({ state: 'pending', tenantId: 'acme', changes: [lower], use, ...more }) as ChangeRequestDetail
  const sentences = (more: object) => harmsOf(asked(more)).map(({ sentence }) => sentence)

  it('is said while it waits', () => {
    expect(sentences({})).toEqual([
      'acme uses 2,980 samples/s now. At 125, 2,855 samples/s would be refused when its burst is used up.',
    ])
    expect(sentences({ state: 'approved' })).toEqual([])
  })

  it('is said to be unknown if present use can’t be read, and nothing for a limit without a meter', () => {
    expect(sentences({ use: [{ ...use[0], used: null }] })).toEqual([
      'We can’t read how much acme uses now, so this reduction may refuse what it sends.',
    ])
    expect(sentences({ changes: [{ limit: 'query.timeoutSeconds', from: 30, to: 5 }], use: [] })).toEqual([])
  })
})
