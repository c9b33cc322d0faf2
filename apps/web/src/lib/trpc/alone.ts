/** Give a slow query `{ trpc: alone }`, so that the quick ones of its batch don't wait for it. */
export const alone = { context: { alone: true } }
