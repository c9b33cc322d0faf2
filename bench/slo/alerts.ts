// From the second in which Prometheus says that an alert fires until its incident is on an open page, in PagerDuty and in Slack:
// over the real Alertmanager, MiniStack's SNS and SQS, the API and its outbox. All on one clock.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from '@playwright/test'
import { createRuleGroups } from '@tickwatch/aws'
import { type LocalState, type Platform, until } from '@tickwatch/local'
import { sampleSeries, snappyLiteral, writeRequest } from '../../local/src/parts/amp/ampTestRequest.ts'
import { tools } from '../../local/src/process/tools.ts'
import { signedIn } from '../lib/platform.ts'

/** More incidents within a minute would share one message. */
const alertCount = 10
/** The rule runs once a second, and an alert begins at a random moment of that and of everything behind it. */
const betweenMs = { least: 4_000, most: 9_000 }
const namespace = 'bench'
const sloOf = (i: number) => `bench-alert-${i}`

/** In ms since the alert fired, for each alert. */
export type AlertTimes = { stored: number[]; shown: number[]; pagerDuty: number[]; slack: number[] }

type Incident = { number: number; slo: string; beganAt: string; openedAt: string }
type Kept = { receiver: string; at: string; what: string; title: string; text: string }

/** Notes when each SLO of the bench is on the page for the first time. */
const noteFirstSeen = `
  window.firstSeen = {};
  new MutationObserver(() => {
    for (const [name] of document.body.textContent.matchAll(/bench-alert-\\d+/g)) window.firstSeen[name] ??= Date.now();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });`

/** @throws if an alert does not arrive everywhere within a minute */
export async function timeAlerts(
  platform: Platform,
  browser: Browser,
  step: (what: string) => void,
): Promise<{ times: AlertTimes; page: Page; paths: string[] }> {
  const { state } = platform
  if (!tools().alertmanager) throw new Error('Alertmanager can’t be had on this machine, so no alert can be timed.')
  await putRule(state)
  await until('Prometheus knows the rule', async () =>
    (await asText(`${state.addresses.prometheus}/api/v1/rules`)).includes('BenchAlert'),
  )
  const page = await signedIn(browser, platform, 'platform-1@tickwatch.example', '/incidents')
  await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor()
  await page.evaluate(noteFirstSeen)
  for (let i = 0; i < alertCount; i++) {
    await sleep(betweenMs.least + Math.random() * (betweenMs.most - betweenMs.least))
    await fire(state, i)
  }
  step(`${alertCount} alerts fired`)
  const names = Array.from({ length: alertCount }, (_, i) => sloOf(i))
  const arrived = async () => {
    const [seen, incidents, kept] = [await firstSeen(page), await listed(page), await keptBy(state)]
    return names.map((name) => {
      const incident = incidents.find(({ slo }) => slo === name)
      const about = (receiver: string, words: string) =>
        Date.parse(
          kept.find((one) => one.receiver === receiver && `${one.what} ${one.title} ${one.text}`.includes(words))?.at ??
            '',
        )
      const number = incident?.number ?? -1
      const began = Date.parse(incident?.beganAt ?? '')
      return {
        number,
        stored: Date.parse(incident?.openedAt ?? '') - began,
        shown: (seen[name] ?? Number.NaN) - began,
        pagerDuty: about('pagerduty', `inc-${number}/1`) - began,
        slack: about('slack', `/incidents/${number}|`) - began,
      }
    })
  }
  const isThere = (times: Awaited<ReturnType<typeof arrived>>) =>
    times.every(({ stored, shown, pagerDuty, slack }) => Number.isFinite(stored + shown + pagerDuty + slack))
  await until('each alert is on the page, in PagerDuty and in Slack', async () => isThere(await arrived()), {
    seconds: 60,
  })
  const all = await arrived()
  await createRuleGroups(state.ampWorkspaceId).remove(namespace)
  const of = (name: keyof AlertTimes) => all.map((one) => one[name])
  return {
    times: { stored: of('stored'), shown: of('shown'), pagerDuty: of('pagerDuty'), slack: of('slack') },
    page,
    paths: ['/incidents', `/incidents/${all[0]?.number}`],
  }
}

/** Puts the rule where AMP's rules are, over AMP's API. */
async function putRule({ addresses, ampWorkspaceId, aws }: LocalState): Promise<void> {
  Object.assign(process.env, {
    ...{ AWS_REGION: aws.region, AWS_ACCESS_KEY_ID: aws.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.secretAccessKey },
    AWS_ENDPOINT_URL_AMP: addresses.amp,
  })
  const rule = { alert: 'BenchAlert', expr: 'bench_alert_fires == 1', labels: { severity: 'page' } }
  // JSON is YAML.
  const yaml = JSON.stringify({ groups: [{ name: namespace, interval: '1s', rules: [rule] }] })
  await createRuleGroups(ampWorkspaceId).put(namespace, yaml)
}

/** The alert fires at the next second of its rule. Each is of an SLO of its own, so that each waits as a first alert does. */
async function fire({ addresses }: LocalState, i: number): Promise<void> {
  const labels = { __name__: 'bench_alert_fires', tenant: 'tickwatch', slo: sloOf(i) }
  const body = Buffer.from(snappyLiteral(writeRequest(sampleSeries(labels, 1, Date.now()))))
  const answer = await fetch(`${addresses.prometheus}/api/v1/write`, { method: 'POST', body })
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}: ${await answer.text()}`)
}

const asText = async (url: string) => (await fetch(url)).text()
const firstSeen = (page: Page) => page.evaluate<Record<string, number>>('window.firstSeen')
const keptBy = async ({ addresses }: LocalState) =>
  (JSON.parse(await asText(`${addresses.receivers}/messages`)) as { kept: Kept[] }).kept

/** As the page lists them. */
async function listed(page: Page): Promise<Incident[]> {
  const input = encodeURIComponent(JSON.stringify({ state: 'open', pageSize: 100 }))
  const answer = await page
    .context()
    .request.get(`${new URL(page.url()).origin}/api/trpc/p/incident.list?input=${input}`)
  const { result } = (await answer.json()) as { result: { data: { items: Incident[] } } }
  return result.data.items
}
