// API inputs, shared by the overview and the server that prefetches for it: both must ask for the same.

export const waitingInput = { state: 'pending' as const, pageSize: 5 }
export const latestInput = { pageSize: 6 }
