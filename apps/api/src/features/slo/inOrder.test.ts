import { expect, it } from 'vitest'
import { createInOrder } from './inOrder.ts'

it('runs as many as may run, the others in their order', async () => {
  const inOrder = createInOrder(2)
  const began: number[] = []
  const ends: (() => void)[] = []
  const works = [0, 1, 2, 3].map((i) =>
    inOrder(() => {
      began.push(i)
      return new Promise<number>((resolve) => ends.push(() => resolve(i)))
    }),
  )
  expect(began).toEqual([0, 1])
  ends[1]?.()
  await works[1]
  await expect.poll(() => began).toEqual([0, 1, 2])
  for (const i of [0, 2]) ends[i]?.()
  await expect.poll(() => began).toEqual([0, 1, 2, 3])
  ends[3]?.()
  expect(await Promise.all(works)).toEqual([0, 1, 2, 3])
})

it('ends those that wait with the one that failed, and works again', async () => {
  const inOrder = createInOrder(1)
  const away = new Error('away')
  const works = [inOrder(() => Promise.reject(away)), inOrder(async () => 1), inOrder(async () => 2)]
  for (const work of works) await expect(work).rejects.toBe(away)
  expect(await inOrder(async () => 3)).toBe(3)
})
