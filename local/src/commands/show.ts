import type { LocalState } from '../platform/localState.ts'
import type { StageReport } from '../platform/stages.ts'

/**
 * Shows the progress of a start. Prints a line for each stage that is done. A terminal also shows the current stages.
 */
export function showStages(): StageReport {
  const underWay = new Set<string>()
  const interactive = process.stdout.isTTY === true
  const draw = () => {
    if (interactive) process.stdout.write(`\r\x1b[2K${underWay.size > 0 ? `  … ${[...underWay].join(', ')}` : ''}`)
  }
  return (name, outcome, seconds) => {
    if (outcome === 'begun') {
      underWay.add(name)
    } else {
      underWay.delete(name)
      if (interactive) process.stdout.write('\r\x1b[2K')
      console.log(`  ${outcome === 'done' ? '✓' : '✗'} ${name}  ${seconds.toFixed(1)} s`)
    }
    draw()
  }
}

export const table = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `    ${left.padEnd(width)}  ${right}`).join('\n')
}

/** The addresses, people and commands that a developer needs first. */
export function summary(state: LocalState, seconds: number, { detached = false } = {}): string {
  return `
  Tickwatch is ready (${seconds.toFixed(1)} s)

    ${state.addresses.portal}

  Sign in; everyone's password is "${state.password}":
${table(state.people.map(({ email, does }) => [email, does]))}

  Try:
${table([
  ['lower a limit', 'as admin@acme.example, Quotas → Edit: watch every gateway enforce it'],
  ['npm run traffic -- --tenant acme --times 5', 'raise the traffic of a tenant until Ctrl-C, and see it refused'],
  ['roll out an image', 'as platform-1@tickwatch.example, Images → 0.2.0 → Ask for a rollout; platform-2 approves'],
  [state.addresses.receivers, 'see what PagerDuty, Slack, a webhook and a mailbox would get'],
  ['npm run status', 'show every part, its process and address'],
  ['npm run logs -- api', 'show the log of a part'],
  detached
    ? ['npm run stop', 'stop everything']
    : ['Ctrl-C', 'stop everything, keep the data; npm run reset deletes it'],
])}
`
}
