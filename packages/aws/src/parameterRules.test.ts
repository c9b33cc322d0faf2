import { describe, expect, it } from 'vitest'
import { labelFaults } from './parameterRules.ts'

describe('labelFaults', () => {
  it.each([[['current']], [['last-good', 'current']], [['v1.2_x']], [Array.from({ length: 10 }, (_, i) => `l${i}`)]])(
    'accepts %j',
    (labels) => {
      expect(labelFaults(labels)).toEqual([])
    },
  )

  it.each([
    ['no label at all', []],
    ['an eleventh label', Array.from({ length: 11 }, (_, i) => `l${i}`)],
    ['a label of 101 characters', ['l'.repeat(101)]],
    ['a label that begins with a digit', ['1st']],
    ['a label that begins with aws', ['AwsThing']],
    ['a label that begins with ssm', ['ssm-1']],
    ['a label with a space', ['last good']],
    ['an empty label', ['']],
  ])('rejects %s', (_case, labels) => {
    expect(labelFaults(labels)).toHaveLength(1)
  })
})
