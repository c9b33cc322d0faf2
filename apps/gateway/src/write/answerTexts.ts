// The parts of the sentence in an answer that is not about a limit.

export const notTaken = {
  detail: 'the storage did not accept the request',
  limit: 'requests that the storage accepts',
  remedy: 'retry later',
}

export const refusedByStorage = {
  detail: 'the storage refused samples and gave no reason',
  limit: 'samples that the storage accepts',
  remedy: 'send each series in the order of time, with one value for each time',
}

/** Without a policy the gateway does not know the tenants. The answer is 503, because a 403 would lose the samples. */
export const noPolicy = { detail: 'this gateway has no policy yet', limit: 'no writes', remedy: 'retry later' }
