import { TRPCClientError } from '@trpc/client'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { noteLostTenant } from './lostTenant.ts'
import { isSentAgain, makeQueryClient, sentAgainAfterMs } from './queryClient.ts'

vi.mock('./lostTenant.ts', () => ({ noteLostTenant: vi.fn() }))

const assign = vi.fn()
let nowMs = Date.now()
beforeEach(() => {
  vi.stubGlobal('window', { location: { pathname: '/t/acme/quotas', search: '?edit=1', assign } })
  nowMs += 60_000
  vi.useFakeTimers({ now: nowMs, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.clearAllMocks()
})

const refused = (code: string) =>
  TRPCClientError.from({ error: { message: 'No.', code: -32_001, data: { tickwatch: { code, requestId: 'r' } } } })
const reject = (code: string) => () => Promise.reject(refused(code))
async function failing(code: string, kind: 'query' | 'change', tenantId: string | null = 'acme') {
  const client = makeQueryClient(tenantId)
  const failed =
    kind === 'query'
      ? client.fetchQuery({ queryKey: ['q'], queryFn: reject(code), retry: false })
      : client
          .getMutationCache()
          .build(client, { mutationFn: reject(code) })
          .execute(undefined)
  await failed.catch(() => {})
}

it.each(['query', 'change'] as const)('an ended session leads to the sign-in page, which says so: %s', async (kind) => {
  await failing('sign-in-needed', kind)
  const ended = kind === 'query' ? 'session' : 'change'
  const callback = 'callbackUrl=%2Ft%2Facme%2Fquotas%3Fedit%3D1'
  expect(assign.mock.calls).toEqual([[`/signin?${callback}&ended=${ended}`]])
})

it('the sentence about a change stays, though a query fails a moment later', async () => {
  await failing('sign-in-needed', 'change')
  await failing('sign-in-needed', 'query', null)
  expect(assign).toHaveBeenCalledTimes(1)
})

it('a session that another sign-in would not help stays on its page, which says why', async () => {
  await failing('token-refused', 'query')
  expect(assign).not.toHaveBeenCalled()
})

it.each([
  ['tenant-not-found', 'acme', [['acme']]],
  ['tenant-not-found', null, []],
  ['grant-not-found', 'acme', []],
])(
  'a call that fails with %s in the scope %s says of the tenants %j that they can no longer be opened',
  async (code, scope, lost) => {
    await failing(code, 'change', scope)
    expect(vi.mocked(noteLostTenant).mock.calls).toEqual(lost)
  },
)

it.each([
  ['database-unavailable', 1, true],
  ['database-unavailable', 2, false],
  ['quota-conflict', 0, false],
  ['too-many-calls', 9, true],
  ['too-many-calls', 10, false],
])('a query that failed with %s after %i failures is sent again: %s', (code, failures, again) => {
  expect(isSentAgain(failures, refused(code))).toBe(again)
})

it('waits as long as a refusal says before it sends a query again, otherwise longer each time', () => {
  const tickwatch = { code: 'too-many-calls', requestId: 'r', details: { retryAfterSeconds: 3 } }
  expect(sentAgainAfterMs(0, { data: { code: 'TOO_MANY_REQUESTS', tickwatch } })).toBe(3_000)
  expect([0, 1].map((attempt) => sentAgainAfterMs(attempt, refused('database-unavailable')))).toEqual([500, 1_000])
})
