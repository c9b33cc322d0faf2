export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** Reads a page's query string on the server, as `useUrlParams` does in the browser. */
export async function readerOf(searchParams: SearchParams): Promise<(key: string) => string | null> {
  const params = await searchParams
  return (key) => {
    const value = params[key]
    return (Array.isArray(value) ? value[0] : value) ?? null
  }
}
