import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { tools } from '../../../../local/src/process/tools.ts'
import { temporaryFolder } from '../testing/fixtures.ts'
import { alertRules } from './alertRules.ts'

const folder = temporaryFolder()
const run = promisify(execFile)
/** The interval at which the platform's agent scrapes. */
const everySeconds = 5

/** A gauge's values over time: each leg is a number of scrapes whose values begin at `start` and grow by `step`. */
const course = (...legs: { scrapes: number; start: number | '_'; step?: number }[]) =>
  legs.map(({ scrapes, start, step = 0 }) => (start === '_' ? `_x${scrapes}` : `${start}+${step}x${scrapes}`)).join(' ')

type Case = {
  name: string
  input: Record<string, string>
  alert: string
  /** The labels that name what is at fault. */
  labels?: Record<string, string>
  /** By second: the alert's text, or null if it does not fire. */
  says: Record<number, string | null>
}

const drift = (gateway: string) =>
  `tickwatch_policy_drift_seconds{tenant="tickwatch",gateway="${gateway}",instance="api"}`
const applied = 'tickwatch_policy_applied_version{tenant="tickwatch",instance="gateway-1"}'
const inSync = { scrapes: 24, start: 0 }

const cases: Case[] = [
  {
    name: 'a gateway that drifts raises an alert after 60 s and not before, until it enforces its policy',
    input: {
      [drift('gateway-1')]: course(inSync, { scrapes: 23, start: 5, step: everySeconds }, inSync),
      [drift('gateway-2')]: course(inSync, inSync, inSync),
    },
    alert: 'TickwatchPolicyDrift',
    // In sync until 120 s, 60 s behind at 180 s, back in sync at 245 s. Rules are evaluated every 15 s.
    labels: { gateway: 'gateway-1' },
    says: {
      ...{ 120: null, 165: null, 180: null, 255: null },
      195: 'Gateway gateway-1 has not enforced its policy for 1m 15s',
      240: 'Gateway gateway-1 has not enforced its policy for 2m 0s',
    },
  },
  {
    name: 'many short drifts, as after every edit, raise no alert',
    input: { [drift('gateway-1')]: Array.from({ length: 24 }, () => '0 5 10').join(' ') },
    alert: 'TickwatchPolicyDrift',
    says: { 60: null, 120: null, 180: null, 240: null, 300: null },
  },
  {
    name: 'a change that is not published to a ring for 60 s raises an alert until it is published',
    input: {
      'tickwatch_policy_unpublished_seconds{tenant="tickwatch",instance="api"}': course(
        inSync,
        { scrapes: 23, start: 5, step: everySeconds },
        inSync,
      ),
    },
    alert: 'TickwatchPublisherStuck',
    says: {
      ...{ 120: null, 180: null, 255: null },
      195: 'A saved change has waited for the publisher for 1m 15s',
    },
  },
  {
    name: 'graphs raise an alert if their newest sample is over 60 s old, though their series still exists',
    input: { [applied]: course({ scrapes: 24, start: 7 }, { scrapes: 24, start: '_' }) },
    alert: 'TickwatchGraphsStale',
    says: { 120: null, 165: null, 195: 'The newest sample that a query can see is 1m 15s old' },
  },
  {
    name: 'a platform that has written nothing for a minute raises an alert',
    input: { [drift('gateway-1')]: course(inSync) },
    alert: 'TickwatchGraphsAbsent',
    labels: { tenant: 'tickwatch' },
    says: { 0: null, 45: null, 60: 'No gateway writes its metrics' },
  },
]

const testFile = ({ input, alert, labels, says }: Case) => ({
  rule_files: ['platform.rules.yaml'],
  evaluation_interval: '15s',
  tests: [
    {
      interval: `${everySeconds}s`,
      input_series: Object.entries(input).map(([series, values]) => ({ series, values })),
      alert_rule_test: Object.entries(says).map(([second, summary]) => ({
        eval_time: `${second}s`,
        alertname: alert,
        exp_alerts: summary ? [{ exp_labels: { severity: 'page', ...labels }, exp_annotations: { summary } }] : [],
      })),
    },
  ],
})

it.each(cases)('$name', async (each) => {
  writeFileSync(join(folder.dir, 'platform.rules.yaml'), alertRules({ driftAlertSeconds: 60, intervalSeconds: 15 }))
  // promtool reads YAML, and JSON is valid YAML.
  writeFileSync(join(folder.dir, 'rules.test.yaml'), JSON.stringify(testFile(each)))
  const judged = await run(tools().promtool, ['test', 'rules', join(folder.dir, 'rules.test.yaml')]).then(
    ({ stdout }) => stdout,
    (fault: { stdout: string; stderr: string }) => fault.stdout + fault.stderr,
  )
  expect(judged).toContain('SUCCESS')
})
