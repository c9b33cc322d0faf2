import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { alertmanagerBody, alertsOf } from './alertmanager.ts'
import { isSignedByPagerDuty, pagerDutyActOf } from './pagerDutyWebhook.ts'

describe('a message of Alertmanager', () => {
  // As Alertmanager 0.25 sends it.
  const message = {
    ...{ receiver: 'tickwatch', status: 'firing', groupKey: '{}:{}', truncatedAlerts: 0, externalURL: 'http://am' },
    ...{ groupLabels: {}, commonLabels: {}, commonAnnotations: {}, version: '4' },
    alerts: [
      {
        ...{ status: 'firing', startsAt: '2026-11-29T13:00:00.5+01:00', endsAt: '0001-01-01T00:00:00Z' },
        ...{ generatorURL: 'http://p/graph', fingerprint: '0123456789abcdef' },
        labels: { alertname: 'SloBurns', slo: 'freshness' },
        annotations: { summary: 'burns' },
      },
      {
        ...{ status: 'resolved', startsAt: '2026-11-29T12:00:00Z', endsAt: '2026-11-29T12:05:00Z' },
        ...{ fingerprint: 'fedcba9876543210', labels: { alertname: 'SloBurns' } },
      },
    ],
  }

  it('has its alerts, with an end only if they are resolved', () => {
    expect(alertsOf(alertmanagerBody.parse(message))).toEqual([
      {
        ...{ fingerprint: '0123456789abcdef', status: 'firing', endsAt: null },
        startsAt: new Date('2026-11-29T12:00:00.500Z'),
        labels: { alertname: 'SloBurns', slo: 'freshness' },
      },
      {
        ...{ fingerprint: 'fedcba9876543210', status: 'resolved', labels: { alertname: 'SloBurns' } },
        startsAt: new Date('2026-11-29T12:00:00Z'),
        endsAt: new Date('2026-11-29T12:05:00Z'),
      },
    ])
  })

  it.each([
    [{ ...message, version: '3' }, 'version'],
    [{ ...message, alerts: [{ ...message.alerts[0], fingerprint: 'x' }] }, 'fingerprint'],
    [{ ...message, alerts: [{ ...message.alerts[0], startsAt: 'yesterday' }] }, 'startsAt'],
  ])('that is malformed is refused: %#', (body, path) => {
    expect(alertmanagerBody.safeParse(body).error?.issues[0]?.path).toContain(path)
  })
})

describe('a webhook of PagerDuty', () => {
  const event = {
    ...{ id: '01', event_type: 'incident.acknowledged', occurred_at: '2026-11-29T12:00:00Z' },
    agent: { type: 'user_reference', summary: 'Mara Mason' },
    data: { id: 'PX', type: 'incident', incident_key: 'local/inc-7/1' },
  }

  it('says who did what about which incident', () => {
    expect(pagerDutyActOf({ event })).toEqual({
      ...{ eventId: '01', act: 'acknowledged', by: 'Mara Mason', dedupKey: 'local/inc-7/1' },
      at: new Date('2026-11-29T12:00:00Z'),
    })
    const ours = { ...event, agent: { type: 'inbound_integration_reference', summary: 'Tickwatch' } }
    expect(pagerDutyActOf({ event: ours })).toMatchObject({ by: null })
  })

  it('about other things is ignored', () => {
    for (const event_type of ['pagey.ping', 'incident.unacknowledged'])
      expect(pagerDutyActOf({ event: { ...event, event_type } })).toBeNull()
    expect(pagerDutyActOf({ event: { ...event, data: {} } })).toBeNull()
  })

  it('is accepted if one of its signatures fits', () => {
    const body = Buffer.from(JSON.stringify({ event }))
    const sign = (secret: string) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
    expect(isSignedByPagerDuty(body, `${sign('old')}, ${sign('new')}`, 'new')).toBe(true)
    expect(isSignedByPagerDuty(body, sign('old'), 'new')).toBe(false)
    expect(isSignedByPagerDuty(Buffer.from('{}'), sign('new'), 'new')).toBe(false)
    for (const header of ['', 'v1=', 'v1=zz', sign('new').replace('v1', 'v0')]) {
      expect(isSignedByPagerDuty(body, header, 'new')).toBe(false)
    }
  })
})
