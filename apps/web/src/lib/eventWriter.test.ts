import { QueryClient } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { createEventWriter } from './eventWriter.ts'

const queryKey = ['propagation']

/** Asks the API, which answers when the test says so. */
function ask(queryClient: QueryClient) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const asked = queryClient.fetchQuery({ queryKey, queryFn: () => promise })
  return async (answer: string) => {
    resolve(answer)
    await asked
  }
}

it('an answer that arrives after an event does not hide it', async () => {
  const queryClient = new QueryClient()
  const write = createEventWriter()
  const answer = ask(queryClient)
  write(queryClient, queryKey, () => 'compiled')
  write(queryClient, queryKey, () => 'enforced')
  await answer('saved')
  expect(queryClient.getQueryData(queryKey)).toBe('enforced')
})

it('an answer to a later request counts', async () => {
  const queryClient = new QueryClient()
  const write = createEventWriter()
  write(queryClient, queryKey, () => 'compiled')
  await ask(queryClient)('enforced')
  expect(queryClient.getQueryData(queryKey)).toBe('enforced')
})

it('an event changes the answer that arrives after it, if it has only a part of the data', async () => {
  const queryClient = new QueryClient()
  const write = createEventWriter()
  const answer = ask(queryClient)
  write(queryClient, queryKey, (before: string | undefined) => before && `${before}, live`)
  expect(queryClient.getQueryData(queryKey)).toBeUndefined()
  await answer('figures of the day')
  expect(queryClient.getQueryData(queryKey)).toBe('figures of the day, live')
})
