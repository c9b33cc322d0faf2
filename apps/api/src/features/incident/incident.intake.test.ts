import type { Alert, AlertReceipt, Incident, IncidentEvent } from '@tickwatch/db'
import { alertNames } from '@tickwatch/slo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apartMax, quietMs, takeIn } from './incident.intake.ts'
import { settle } from './incident.rules.ts'

const start = Date.parse('2026-11-29T12:00:00.000Z')
const at = (seconds: number) => new Date(start + seconds * 1_000)

type News = { of?: string; began: number; labels?: Record<string, string> }
const alert = (status: Alert['status'], { of = 'acme', began, labels = {} }: News): Alert => ({
  fingerprint: `${of}-${labels.alertname ?? ''}`,
  status,
  startsAt: at(began),
  endsAt: null,
  labels: {
    alertname: alertNames.page,
    slo: 'freshness',
    tenant: 'tickwatch',
    severity: 'page',
    tenant_id: of,
    ...labels,
  },
})
const fires = (news: News) => alert('firing', news)
const resolves = (news: News) => alert('resolved', news)

/** Keeps what each intake says, as Postgres does. */
class Store {
  receipts: AlertReceipt[] = []
  incidents: Incident[] = []
  events: IncidentEvent[] = []
  harmed: string[] = []
  #made = 0

  /** The news of one message, at a time. Then incidents without firing alerts end, as they do with evidence. */
  hear(seconds: number, ...alerts: Alert[]): this {
    const known = { receipts: this.receipts, incidents: this.incidents }
    const intake = takeIn(alerts, known, {
      now: at(seconds),
      source: 'amp',
      newId: () => {
        this.#made += 1
        return `incident-${this.#made}`
      },
    })
    for (const { fingerprint, startsAt, endedAt } of intake.ended) {
      for (const receipt of this.receipts) {
        const isSame = receipt.fingerprint === fingerprint && receipt.startsAt.getTime() === startsAt.getTime()
        if (isSame && receipt.status === 'firing') receipt.endedAt = endedAt
      }
    }
    this.receipts.push(...intake.receipts)
    this.#put(intake.updated)
    this.incidents.push(...intake.created)
    this.harmed.push(...intake.tenants.map(({ tenantId }) => tenantId))
    this.events.push(...intake.events)
    for (const incident of this.incidents) {
      if (incident.state === 'resolved' || this.firing(incident.id).length > 0) continue
      const settled = settle(incident, 'over', at(seconds))
      if (settled) this.#put([settled.incident])
      this.events.push(...(settled?.events ?? []))
    }
    return this
  }
  #put(updated: readonly Incident[]) {
    this.incidents = this.incidents.map((one) => updated.find(({ id }) => id === one.id) ?? one)
  }
  firing = (id?: string) =>
    this.receipts.filter(
      ({ status, endedAt, incidentId }) =>
        status === 'firing' && endedAt === null && (id === undefined || incidentId === id),
    )
  kinds = () => this.events.map(({ kind }) => kind)
  states = () => this.incidents.map(({ state, episode }) => `${state} ${episode}`)
}

describe('an alert', () => {
  const s1 = { began: 0 }
  const s2 = { began: 100 }
  it.each<[what: string, news: Alert[], states: string[], fired: number]>([
    ['that fires opens an incident', [fires(s1)], ['open 1'], 1],
    ['that fires twice is one', [fires(s1), fires(s1)], ['open 1'], 1],
    ['that resolves ends it', [fires(s1), resolves(s1)], ['resolved 1'], 1],
    [
      'whose fire is repeated after its resolve stays resolved',
      [fires(s1), resolves(s1), fires(s1)],
      ['resolved 1'],
      1,
    ],
    ['that fires again later reopens it', [fires(s1), resolves(s1), fires(s2)], ['reopened 2'], 2],
    ['whose resolve comes before its fire never opens', [resolves(s1), fires(s1)], [], 0],
    ['whose later fire comes first: the earlier one is old', [fires(s2), fires(s1)], ['open 1'], 1],
    ['whose resolve was lost: the later fire keeps it open', [fires(s1), fires(s2)], ['open 1'], 2],
    ['whose resolve is of an earlier time keeps firing', [fires(s1), fires(s2), resolves(s1)], ['open 1'], 2],
    [
      'whose later resolve comes before its later fire has ended',
      [fires(s1), resolves(s2), fires(s2)],
      ['resolved 1'],
      1,
    ],
  ])('%s', (_what, news, states, fired) => {
    const store = new Store()
    for (const [i, each] of news.entries()) store.hear(200 + i, each)
    expect(store.states()).toEqual(states)
    expect(store.kinds().filter((kind) => kind === 'alertFired')).toHaveLength(fired)
  })

  it('that is resolved twenty times is one entry in the timeline', () => {
    const store = new Store().hear(1, fires(s1))
    for (let i = 0; i < 20; i += 1) store.hear(2 + i, resolves(s1))
    expect(store.kinds()).toEqual(['opened', 'alertFired', 'alertResolved', 'resolved'])
  })

  it('that flaps reopens one incident, and after the quiet time opens another one', () => {
    const store = new Store()
    for (let i = 0; i < 10; i += 1)
      store.hear(i * 60, fires({ began: i * 60 })).hear(i * 60 + 30, resolves({ began: i * 60 }))
    expect(store.states()).toEqual(['resolved 10'])
    const later = 570 + quietMs / 1_000 + 1
    store.hear(later, fires({ began: later }))
    expect(store.states()).toEqual(['resolved 10', 'open 1'])
  })
})

describe('an incident', () => {
  it('has the page and the ticket of its SLO and group, is a page then, and ends when both have ended', () => {
    const ticket = { began: 0, labels: { alertname: alertNames.ticket, severity: 'ticket' } }
    const store = new Store().hear(1, fires(ticket))
    expect(store.incidents).toMatchObject([{ severity: 'ticket', labels: { tenant_id: 'acme' }, slo: 'freshness' }])
    store.hear(2, fires({ began: 1 }))
    expect(store.incidents).toMatchObject([{ severity: 'page', state: 'open' }])
    expect(store.kinds()).toEqual(['opened', 'alertFired', 'raised', 'alertFired'])
    store.hear(3, resolves(ticket))
    expect(store.states()).toEqual(['open 1'])
    store.hear(4, resolves({ began: 1 }))
    expect(store.states()).toEqual(['resolved 1'])
  })

  it('of a thousand groups of one SLO: some have their own, the others share one, and every tenant is known', () => {
    const outage = Array.from({ length: 1_000 }, (_, i) => fires({ of: `tenant-${i}`, began: i % 50 }))
    const store = new Store()
    for (let i = 0; i < outage.length; i += 100) store.hear(60 + i, ...outage.slice(i, i + 100))
    expect(store.incidents).toHaveLength(apartMax + 1)
    expect(store.incidents.at(-1)).toMatchObject({ labels: {}, key: 'tickwatch/slo freshness *' })
    expect(new Set(store.harmed).size).toBe(1_000)
    store.hear(2_000, ...outage.map((each) => ({ ...each, status: 'resolved' as const })))
    expect(store.states()).toEqual(Array(apartMax + 1).fill('resolved 1'))
  })

  it('of an alert without an SLO is of that alert and its labels', () => {
    const drift = (gateway: string, severity = 'page') => ({
      ...fires({ of: gateway, began: 0 }),
      labels: { alertname: 'TickwatchPolicyDrift', gateway, severity },
    })
    const store = new Store().hear(1, drift('gateway-1'), drift('gateway-2'))
    expect(store.incidents).toMatchObject([
      { slo: null, alertName: 'TickwatchPolicyDrift', owner: '', labels: { gateway: 'gateway-1' } },
      { labels: { gateway: 'gateway-2' } },
    ])
    expect(store.harmed).toEqual([])
  })

  it('of an SLO of a tenant harms that tenant; one of the platform without a group harms none', () => {
    const own = {
      ...fires({ began: 0 }),
      labels: { alertname: alertNames.page, slo: 'lag', tenant: 'acme', severity: 'page' },
    }
    const whole = { ...fires({ of: 'x', began: 0 }), labels: { ...own.labels, tenant: 'tickwatch' } }
    expect(new Store().hear(1, own).harmed).toEqual(['acme'])
    expect(new Store().hear(1, whole).harmed).toEqual([])
  })

  it('of missing data is blind, until an alert says that there is harm', () => {
    const slo = { alertname: alertNames.blind, slo: 'query-latency', tenant: 'tickwatch', severity: 'page' }
    const blind = { ...fires({ of: 'b', began: 0 }), labels: slo }
    const burns = { ...fires({ of: 'p', began: 9 }), labels: { ...slo, alertname: alertNames.page } }
    const store = new Store().hear(1, blind)
    expect(store.incidents).toMatchObject([{ blind: true }])
    store.hear(10, burns)
    expect(store.incidents).toMatchObject([{ blind: false, state: 'open' }])
    expect(store.kinds().slice(-2)).toEqual(['sighted', 'alertFired'])
  })
})

/** For each alert the times at which it began; the last one may go on. */
const histories = fc.array(fc.record({ times: fc.integer({ min: 1, max: 4 }), ends: fc.boolean() }), {
  minLength: 1,
  maxLength: 4,
})

it('news that are shuffled, repeated and batched in any way have the same result', () => {
  const messages = histories.chain((alerts) => {
    const news = alerts.flatMap(({ times, ends }, i) =>
      Array.from({ length: times }, (_, n) => {
        const of = { of: `tenant-${i}`, began: n * 10 }
        return n < times - 1 || ends ? [fires(of), resolves(of)] : [fires(of)]
      }).flat(),
    )
    const many = fc
      .array(fc.nat(news.length - 1), { maxLength: news.length })
      .map((again) => [...news, ...again.flatMap((n) => news[n] ?? [])])
    const shuffled = many.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
    return fc.record({ alerts: fc.constant(alerts), news: shuffled, batch: fc.integer({ min: 1, max: 5 }) })
  })
  fc.assert(
    fc.property(messages, ({ alerts, news, batch }) => {
      const store = new Store()
      for (let i = 0; i < news.length; i += batch) store.hear(100 + i, ...news.slice(i, i + batch))
      const firing = alerts.flatMap(({ times, ends }, i) =>
        ends ? [] : [`tenant-${i} ${at((times - 1) * 10).getTime()}`],
      )
      const fired = store.firing().map((receipt) => `${receipt.labels.tenant_id} ${receipt.startsAt.getTime()}`)
      expect(fired.sort()).toEqual(firing.sort())
      // Each alert that fires has an incident that is not resolved, and no other incident is.
      const open = store.incidents.filter(({ state }) => state !== 'resolved')
      expect(new Set(store.firing().map(({ incidentId }) => incidentId))).toEqual(new Set(open.map(({ id }) => id)))
      expect(new Set(store.incidents.map(({ key }) => key)).size).toBe(store.incidents.length)
      // Each time that an alert fired is told at most once, and so is its end.
      const told = store.events.filter(({ alert }) => alert).map((each) => JSON.stringify([each.kind, each.alert]))
      expect(new Set(told).size).toBe(told.length)
    }),
    { numRuns: 300 },
  )
})
