import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../process/tools.ts'
import { cases, describeContract } from './cases.ts'
import { openLocalTarget } from './localTarget.ts'

describeContract('the local fleet', openLocalTarget)

it('the document names each case that can’t be shown somewhere, and why', () => {
  const rows = cases.flatMap(({ name, notAt = {} }) =>
    Object.entries(notAt).map(([target, why]) => `| ${name} | ${target} | ${why} |`),
  )
  const document = readFileSync(join(root, 'docs/aws-contract.md'), 'utf8').split('\n')
  const head = document.indexOf('| case | not shown in | because |')
  expect(rows.length).toBeGreaterThan(0)
  expect(document.slice(head + 2, document.indexOf('', head)).sort()).toEqual(rows.sort())
})
