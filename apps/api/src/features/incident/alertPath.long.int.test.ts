// An alert's whole way, as in `alertPath.int.test.ts`, while processes end and news wait.
import { expect, it } from 'vitest'
import { alertsTopicArn } from '../../../../../local/src/parts/aws/awsBootstrap.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { alertLabels, hasAlertmanager, step, useAlertPath } from '../../../../../local/src/testing/useAlertPath.ts'
import { alertmanagerDefinition, alertmanagerTimes } from './incident.definition.ts'
import { shortAlerts } from './shortAlerts.ts'

// Alerts of no SLO resolve without evidence of the metrics store; those of one have it in another test.
const at = useAlertPath(useTestDatabase())
const withAlertmanager = it.skipIf(!hasAlertmanager)
const minutes = 60_000

withAlertmanager(
  'an API that is killed before, in and after the intake, while PagerDuty is away, loses nothing and doubles nothing',
  async () => {
    at.start()
    await at.putRules({ Second: 'fires' })
    await step('an incident is open', async () => expect(await at.found('Second')).toMatchObject([{ state: 'open' }]))
    at.kill()
    await at.sqs().release()
    at.receivers().inbox.fail('pagerduty', { answer: 500 }, { answer: 500 })
    await at.putRules({ Second: 'fires', Killed: 'fires' })
    await at.firesInPrometheus('Killed')
    await step('the news wait in SQS', async () => expect((await at.waiting()).visible).toBeGreaterThan(0))

    at.sqs().killAt('ReceiveMessage', 'Killed', at.kill)
    await at.dies('when it received the news')
    expect(await at.found('Killed')).toEqual([])
    await at.sqs().release()
    at.sqs().killAt('DeleteMessage', 'Killed', at.kill)
    await at.dies('when it had stored the news and not deleted the message')
    const [killed = expect.fail('it was not stored')] = await at.found('Killed')
    await at.sqs().release()

    at.start()
    await step('the same news were handled again', async () => {
      expect(await at.waiting()).toEqual({ visible: 0, received: 0 })
    })
    await step('PagerDuty has it', () => expect(at.inPagerDuty(killed.number)).toEqual(['triggered']))
    expect(await at.events(killed.id)).toEqual(['opened', 'alertFired'])

    await at.putRules({ Second: 'fires', Killed: 'ended' })
    await step('the incident is resolved', async () => {
      expect(await at.found('Killed')).toMatchObject([{ state: 'resolved' }])
    })
    await step('PagerDuty resolved it', () => expect(at.inPagerDuty(killed.number)).toEqual(['resolved']))
    expect(await at.events(killed.id)).toEqual(['opened', 'alertFired', 'alertResolved', 'resolved'])
    expect(await at.told(killed.number)).toEqual(['opened', 'resolved'])
  },
  3 * minutes,
)

withAlertmanager(
  'an alert that ends before Alertmanager sends opens no incident, and the page names it',
  async () => {
    at.kill()
    const labels = { ...alertLabels, slo: 'short' }
    await at.putDefinition(alertmanagerDefinition(alertsTopicArn, { ...alertmanagerTimes, groupWaitSeconds: 3_600 }))
    await at.putRules({ Short: 'fires' }, labels)
    await at.isInAlertmanager('Short', true)
    await at.putRules({ Short: 'ended', Next: 'fires' }, labels)
    await at.isInAlertmanager('Next', true)
    await at.isInAlertmanager('Short', false)
    // The API puts its own definition back, and Alertmanager sends of this group what it has waited with.
    at.start()
    await step('the other alert of its group is an incident', async () => {
      expect(await at.found('Next')).toMatchObject([{ state: 'open' }])
    })
    expect(await at.found('Short')).toEqual([])
    expect(await shortAlerts(at.db(), at.metrics(), new Date())).toEqual([
      { name: 'Short', labels: { alertname: 'Short', ...labels } },
    ])
  },
  2 * minutes,
)
