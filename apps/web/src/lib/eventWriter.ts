import type { QueryClient, QueryKey } from '@tanstack/react-query'

/**
 * Makes a function that writes the events of one stream into a query's data. An answer to an earlier request that arrives
 * after an event is older than the event, so the newest event is then written once more. Without this the page would
 * show the older state until the next event, and after the last one for good.
 */
export function createEventWriter() {
  let newest: object | null = null
  return <Data>(queryClient: QueryClient, queryKey: QueryKey, update: (before: Data | undefined) => unknown): void => {
    const event = {}
    newest = event
    const write = () => {
      if (newest === event) queryClient.setQueryData(queryKey, update)
    }
    write()
    queryClient.getQueryCache().find({ queryKey, exact: true })?.promise?.then(write, write)
  }
}
