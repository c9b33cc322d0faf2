// What the overview and the server that prefetches for it ask alike.

export const waitingInput = { state: 'pending' as const, pageSize: 5 }
export const latestInput = { pageSize: 6 }
