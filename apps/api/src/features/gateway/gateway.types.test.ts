import { readdirSync, readFileSync } from 'node:fs'
import type { Heartbeat, HeartbeatAnswer, PolicyNews } from '@tickwatch/policy'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { Members } from '../../../../../packages/policy/src/testing/members.ts'
import { type heartbeatAnswer, heartbeatInput, type newsAnswer } from './gateway.types.ts'

const fixtures = new URL('../../../../../packages/policy/src/fixtures/', import.meta.url)
const releases = readdirSync(fixtures).filter((name) => name !== 'README.md')

it.each(releases)('the heartbeat of a gateway of release %s is accepted with all its fields', (release) => {
  const sent = JSON.parse(readFileSync(new URL(`${release}/heartbeat.json`, fixtures), 'utf8'))
  const taken = heartbeatInput.parse(sent)
  expect(taken).toMatchObject(sent)
  expect(taken.tenants.acme).toMatchObject({ demandSeries: 30, activeSeries: 20 })
  expect(taken.formatsRead.bundle).toBeGreaterThanOrEqual(1)
})

describe('a heartbeat', () => {
  const needed = {
    ring: 'canary',
    zone: 'a',
    softwareVersion: '0.0.9',
    startedAt: '2026-11-28T12:00:00.000Z',
    applied: { version: 7, sha256: 'ab'.repeat(32), appliedAt: '2026-11-28T12:00:00.000Z' },
  }

  it('that says only which gateway sends it and what it enforces is accepted: missing figures count as zero', () => {
    expect(heartbeatInput.parse({ ...needed, tenants: { acme: {} } })).toEqual({
      ...needed,
      formatsRead: { bundle: 1, manifest: 1 },
      refused: null,
      unsaved: null,
      cpuRatio: 0,
      memoryBytes: 0,
      tenants: {
        acme: {
          demandSamplesPerSecond: 0,
          demandRequestsPerSecond: 0,
          demandSeries: 0,
          demandQueriesPerSecond: 0,
          samplesPerSecond: 0,
          requestsPerSecond: 0,
          activeSeries: 0,
          refusedPerSecond: {},
          refusedQueriesPerSecond: {},
        },
      },
    })
    expect(heartbeatInput.parse(needed).tenants).toEqual({})
  })

  it('of a newer gateway is accepted without the members and demands that are unknown here', () => {
    const future = { future: { a: 1 } }
    const tenants = { acme: { demandFuturePerSecond: 5, activeSeries: 3, refusedPerSecond: { 'future-reason': 1 } } }
    const formatsRead = { bundle: 9, manifest: 1, future: 2 }
    const taken = heartbeatInput.parse({ ...needed, ...future, formatsRead, tenants })
    expect(taken).not.toHaveProperty('future')
    expect(taken.formatsRead).toEqual({ bundle: 9, manifest: 1 })
    expect(taken.tenants.acme).toMatchObject({ activeSeries: 3, refusedPerSecond: { 'future-reason': 1 } })
    expect(taken.tenants.acme).not.toHaveProperty('demandFuturePerSecond')
  })

  it.each(Object.keys(needed))('without %s is rejected: nobody could tell what the gateway enforces', (member) => {
    expect(heartbeatInput.safeParse({ ...needed, [member]: undefined }).success).toBe(false)
  })
})

// The type check compares them: an optional member that a schema lacks would be stripped in silence.
it('no member of a heartbeat or an answer is stripped', () => {
  type Of<Schema extends z.ZodType> = Members<z.output<Schema>>
  expectTypeOf<Of<typeof heartbeatInput>>().toEqualTypeOf<Members<Heartbeat>>()
  expectTypeOf<Of<typeof heartbeatAnswer>>().toEqualTypeOf<Members<HeartbeatAnswer>>()
  expectTypeOf<Of<typeof newsAnswer>>().toEqualTypeOf<Members<PolicyNews>>()
})
