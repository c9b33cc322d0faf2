/** One question for all who look at the history's pages, so that they share one answer. */
export const historyInput = (cursor: string | null) => ({ cursor, pageSize: 20 })
