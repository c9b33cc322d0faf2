import type { LocalState } from '../platform/localState.ts'
import type { StageReport } from '../platform/stages.ts'

/** Shows what comes up: one line that changes in a terminal, else a line for each stage that is done. */
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

/** What a person needs to begin. */
export function summary(state: LocalState, seconds: number, { detached = false } = {}): string {
  return `
  Tickwatch is ready (${seconds.toFixed(1)} s)

    ${state.addresses.portal}

  Sign in; everyone's password is "${state.password}":
${table(state.people.map(({ email, does }) => [email, does]))}

  Try:
${table([
  ['lower a limit', 'as admin@acme.example, Quotas → Edit: watch every gateway enforce it'],
  ['npm run traffic -- --tenant acme --times 5', 'turn a tenant up until Ctrl-C, and see it refused'],
  ['npm run status', 'every part, its process and address'],
  ['npm run logs -- gateway-1', "a part's log"],
  detached ? ['npm run stop', 'stop it all'] : ['Ctrl-C', 'stop it all; data stays. npm run reset deletes it'],
])}
`
}
