import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { metricsPage } from './metricsPage.ts'

const written = readFileSync(join(import.meta.dirname, '../docs/metrics.md'), 'utf8')

it('docs/metrics.md has every metric of the code; `node scripts/metricsPage.ts` writes it again', async () => {
  expect(written).toBe(await metricsPage())
})

it('every metric is explained in a sentence, has a type, and is exported by a named process', () => {
  const rows = written.split('\n').filter((line) => line.startsWith('| `'))
  expect(rows.length).toBeGreaterThan(40)
  for (const each of rows) {
    const [, name, type, unit, , by, meaning] = each.split('|').map((cell) => cell.trim())
    expect(
      [name, type, unit, by, meaning].every((cell) => cell),
      each,
    ).toBe(true)
  }
})
