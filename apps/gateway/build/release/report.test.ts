import fc from 'fast-check'
import { expect, it } from 'vitest'
import { reportFault } from './report.ts'

const now = new Date('2026-11-29T12:00:00Z')
const report = (db: unknown, name = 'grype') => JSON.stringify({ matches: [], descriptor: { name, db } })

it.each<[string, string, string | null]>([
  ['a database of today', report({ status: { built: '2026-11-29T06:00:00Z' } }), null],
  ['one of exactly five days ago', report({ status: { built: '2026-11-24T12:00:00Z' } }), null],
  ['one of six days ago', report({ status: { built: '2026-11-23T12:00:00Z' } }), 'Its database is 6 days old.'],
  ['the form of Grype before 0.88', report({ built: '2026-11-29T06:00:00Z' }), null],
  ['no database', report(undefined), 'without a database'],
  [
    'a database that could not be loaded',
    report({ status: { error: 'database does not exist' } }),
    'without a database',
  ],
  ['a time that is none', report({ status: { built: 'yesterday' } }), 'without a database'],
  [
    'a report of another program',
    report({ status: { built: '2026-11-29T06:00:00Z' } }, 'trivy'),
    'not a report of Grype',
  ],
  ['half a file', '{"matches": [', 'It is not JSON.'],
])('a report with %s', (_what, text, fault) => {
  if (fault === null) expect(reportFault(text, now)).toBeNull()
  else expect(reportFault(text, now)).toContain(fault)
})

it('accepts nothing that does not say when its database was built', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.jsonValue().map((db) => report(db)),
      ),
      (text) => {
        fc.pre(!text.includes('"built"'))
        expect(reportFault(text, now)).not.toBeNull()
      },
    ),
  )
})
