import type { JWT } from 'next-auth/jwt'
import { describe, expect, it, vi } from 'vitest'
import { createRefreshChain, type Exchange, isFresh } from './refreshChain.ts'

const nowMs = 1_000_000_000
const token = (n: number, livesSeconds: number): JWT => ({
  accessToken: `access-${n}`,
  refreshToken: `refresh-${n}`,
  expiresAt: nowMs / 1000 + livesSeconds,
})
const next = (old: JWT) => Number(old.refreshToken?.split('-')[1]) + 1

describe('renewing a session', () => {
  it('keeps a token that is still fresh', async () => {
    const exchange = vi.fn<Exchange>()
    const fresh = token(1, 60)
    expect(await createRefreshChain(exchange, () => nowMs)(fresh)).toBe(fresh)
    expect(exchange).not.toHaveBeenCalled()
  })

  it('uses a refresh token only once for parallel requests with the same cookie', async () => {
    const exchange = vi.fn<Exchange>(async (old) => token(next(old), 300))
    const renew = createRefreshChain(exchange, () => nowMs)
    const answers = await Promise.all(Array.from({ length: 12 }, () => renew(token(1, -1))))
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(answers.map((a) => a?.accessToken)).toEqual(Array.from({ length: 12 }, () => 'access-2'))
  })

  it('gives a late request with an old cookie the newest token', async () => {
    let clock = nowMs
    const exchange = vi.fn<Exchange>(async (old) => ({ ...token(next(old), 0), expiresAt: clock / 1000 + 10 }))
    const renew = createRefreshChain(exchange, () => clock)
    await renew(token(1, -1))
    clock += 8_000
    await renew({ ...token(2, 0), expiresAt: nowMs / 1000 + 10 })
    const late = await renew(token(1, -1))
    expect(late?.accessToken).toBe('access-3')
    expect(exchange).toHaveBeenCalledTimes(2)
  })

  it('ends the session when the issuer rejects the refresh token, and asks again the next time', async () => {
    const exchange = vi.fn<Exchange>(async () => null)
    const renew = createRefreshChain(exchange, () => nowMs)
    expect(await renew(token(1, -1))).toBeNull()
    expect(await renew(token(1, -1))).toBeNull()
    expect(exchange).toHaveBeenCalledTimes(2)
  })

  it('throws while the issuer is away, and works again when it is back', async () => {
    const exchange = vi.fn<Exchange>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(token(2, 300))
    const renew = createRefreshChain(exchange, () => nowMs)
    await expect(renew(token(1, -1))).rejects.toThrow('away')
    expect((await renew(token(1, -1)))?.accessToken).toBe('access-2')
  })

  it('ends the session instead of asking forever, if the issuer never gives a fresh token', async () => {
    const exchange = vi.fn<Exchange>(async (old) => token(next(old), -1))
    expect(await createRefreshChain(exchange, () => nowMs)(token(1, -1))).toBeNull()
    expect(exchange).toHaveBeenCalledTimes(20)
  })

  it('ends a session without a refresh token when its access token expires', async () => {
    const exchange = vi.fn<Exchange>()
    expect(await createRefreshChain(exchange, () => nowMs)({ accessToken: 'a', expiresAt: 1 })).toBeNull()
  })
})

it('renews a token before its last seconds, when the API might already reject it', () => {
  expect(isFresh(token(1, 6), nowMs)).toBe(true)
  expect(isFresh(token(1, 5), nowMs)).toBe(false)
  expect(isFresh({}, nowMs)).toBe(false)
})
