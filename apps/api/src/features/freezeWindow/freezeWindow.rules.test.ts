import type { FreezeWindow } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { freezeFault, freezeView } from './freezeWindow.rules.ts'

const hour = 3_600_000
const now = Date.parse('2026-12-01T12:00:00Z')
const at = (hours: number) => new Date(now + hours * hour)

describe('a freeze window', () => {
  it.each<[string, number, number, string | null]>([
    ['that is to come', 1, 2, null],
    ['that began already', -5, 1, null],
    ['of 90 days', 1, 1 + 90 * 24, null],
    ['that began long ago and lasts 90 days from now', -1_000, 90 * 24, null],
    ['of more than 90 days', 1, 2 + 90 * 24, 'A window lasts at most 90 days.'],
    ['that ends before it begins', 2, 1, 'The window must end after it begins.'],
    ['that ends when it begins', 2, 2, 'The window must end after it begins.'],
    ['that is over', -2, 0, 'The window would be over already. Choose an end that is to come.'],
  ])('%s', (_what, from, to, fault) => {
    expect(freezeFault({ startsAt: at(from), endsAt: at(to) }, now)).toBe(fault)
  })

  const by = { subject: 'tomas', name: 'Tomas' }
  const window: FreezeWindow = {
    ...{ id: 'f-1', reason: 'the finals', startsAt: at(1), endsAt: at(3), until: at(3), environments: [] },
    ...{ by, createdAt: at(0), ended: null },
  }
  const ended = { by, reason: 'they are over' }
  it('that a person ended says when', () => {
    const view = freezeView({ ...window, until: at(2), ended }, now)
    expect(view.ended).toEqual({ ...ended, at: '2026-12-01T14:00:00.000Z' })
  })
})
