import { describe, expect, it } from 'vitest'
import type { Figures } from '../slo/slo.figures.ts'
import { harmedBy } from './harmed.ts'

const figures: Figures = {
  ...{ bad: 1, total: 1_000, leftRatio: 0.5, burn: 2, lastsSeconds: 60, state: 'measured', lastDataSeconds: 0 },
  badByCause: null,
  excludedSeconds: 0,
  measuredRatio: 1,
}
const viewer = { isPlatform: true, tenantIds: new Set<string>() }
const window = { days: 30 }
const slosWith = (groups: Record<string, string>[], groupBy = ['tenant_id'], missing: string | null = null) => ({
  budgetsOf: async () => ({
    ...{ window, groupBy, asOf: null, missing },
    groups: groups.map((labels) => ({ key: JSON.stringify(labels), labels, figures, firing: [] })),
  }),
})
const incident = (labels: Record<string, string> = {}) => ({ slo: 'freshness', owner: 'tickwatch', labels })
const shown = async (...asked: [Parameters<typeof harmedBy>[0], Record<string, string>, string[]]) => {
  const [slos, labels, tenants] = asked
  const { rows } = await harmedBy(slos, viewer, incident(labels), tenants)
  return rows.map(({ labels: own, figures: of }) => [own, of === null ? 'not known' : 'known'])
}
const acme = { tenant_id: 'acme' }
const globex = { tenant_id: 'globex' }
const all = slosWith([globex, acme])

describe('the budgets of those that an incident harms', () => {
  it.each([
    ['of its group', all, acme, ['acme'], [[acme, 'known']]],
    ['of a group whose tenant does not exist', all, globex, [], [[globex, 'known']]],
    ['of each tenant, if it is of the whole SLO', all, {}, ['acme'], [[acme, 'known']]],
    [
      'of a tenant of which nothing was measured, after the others',
      ...([all, {}, ['new', 'acme']] as const),
      [
        [acme, 'known'],
        [{ tenant_id: 'new' }, 'not known'],
      ],
    ],
    ['of the whole SLO, if it has no groups', slosWith([{}], []), {}, ['acme'], [[{}, 'known']]],
    [
      'of a group that is no tenant',
      ...([slosWith([{ zone: 'a' }, { zone: 'b' }], ['zone']), { zone: 'b' }, []] as const),
      [[{ zone: 'b' }, 'known']],
    ],
  ] as const)('are those %s', async (_, slos, labels, tenants, expected) => {
    expect(await shown(slos, labels, [...tenants])).toEqual(expected)
  })

  it('are 100, and the number of the others', async () => {
    const ids = Array.from({ length: 130 }, (_, i) => `tenant-${i}`)
    const many = slosWith(ids.map((id) => ({ tenant_id: id })))
    const { rows, more } = await harmedBy(many, viewer, incident(), ids)
    expect([rows.length, more]).toEqual([100, 30])
  })

  it.each([
    [{ ...incident(), slo: null }, all, /is of no SLO in Tickwatch/],
    [{ ...incident(), owner: 'acme' }, all, /is of no SLO in Tickwatch/],
    [incident(), { budgetsOf: async () => null }, /does not exist any more/],
    [incident(), slosWith([], [], 'The store hangs.'), /^The store hangs\.$/],
  ])('say why they are missing', async (of, slos, words) => {
    expect(await harmedBy(slos, viewer, of, [])).toMatchObject({ rows: [], missing: expect.stringMatching(words) })
  })
})
