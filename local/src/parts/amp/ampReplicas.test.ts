import { describe, expect, it } from 'vitest'
import { ElectedReplicas } from './ampReplicas.ts'

describe('of the replicas of a cluster', () => {
  it.each([
    ['the first one is stored', [['a', 0, null]]],
    [
      'the second one is dropped with a 202 while the first one writes',
      [
        ['a', 0, null],
        ['b', 1, 202],
        ['a', 29, null],
        ['b', 58, 202],
      ],
    ],
    [
      'the second one is stored when the first one was silent for 30 s, and then the first one is dropped',
      [
        ['a', 0, null],
        ['b', 29.999, 202],
        ['b', 30, null],
        ['a', 31, 202],
        ['b', 59, null],
        ['a', 89, null],
      ],
    ],
  ] as const)('%s', (_what, writes) => {
    const replicas = new ElectedReplicas()
    for (const [replica, seconds, status] of writes) {
      expect(replicas.judge('c', replica, seconds * 1_000)?.status ?? null).toBe(status)
    }
  })

  it('each cluster has one', () => {
    const replicas = new ElectedReplicas()
    expect(replicas.judge('c', 'a', 0)).toBeNull()
    expect(replicas.judge('d', 'b', 0)).toBeNull()
    expect(replicas.judge('c', 'b', 1)?.text).toBe('replicas did not match, rejecting sample: replica=b, elected=a')
  })
})

it('a workspace has room for 500 clusters, and forgets those that are silent for 30 min', () => {
  const replicas = new ElectedReplicas()
  for (let i = 0; i < 500; i++) expect(replicas.judge(`${i}`, 'a', i)).toBeNull()
  expect(replicas.judge('new', 'a', 1_000)).toEqual({ status: 400, text: 'too many HA clusters (limit: 500)' })
  expect(replicas.judge('0', 'a', 1_000)).toBeNull()
  expect(replicas.judge('new', 'a', 1_800_000)?.status).toBe(400)
  expect(replicas.judge('new', 'a', 1_800_001)).toBeNull()
})
