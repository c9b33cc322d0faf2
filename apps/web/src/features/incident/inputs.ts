export const shows = ['open', 'resolved'] as const
export type Show = (typeof shows)[number]

export const showOf = (get: (key: string) => string | null): Show =>
  shows.find((show) => show === get('show')) ?? 'open'

/** The API input for the URL of a list of incidents. */
export const incidentsInput = (get: (key: string) => string | null) => ({
  state: showOf(get),
  cursor: get('cursor'),
  pageSize: 50,
})

/** The number in a URL; 0, which no incident has, if it is not one. */
export const numberOf = (text: string): number => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0)
