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
  it('leaves a token alone that lives on', async () => {
    const exchange = vi.fn<Exchange>()
    const fresh = token(1, 60)
    expect(await createRefreshChain(exchange, () => nowMs)(fresh)).toBe(fresh)
    expect(exchange).not.toHaveBeenCalled()
  })

  it('spends a refresh token once for parallel requests with the same cookie', async () => {
    const exchange = vi.fn<Exchange>(async (old) => token(next(old), 300))
    const renew = createRefreshChain(exchange, () => nowMs)
    const answers = await Promise.all(Array.from({ length: 12 }, () => renew(token(1, -1))))
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(answers.map((a) => a?.accessToken)).toEqual(Array.from({ length: 12 }, () => 'access-2'))
  })

  it('brings a late request with an old cookie to the newest token', async () => {
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

  it('ends the session when the issuer refuses, and asks it again the next time', async () => {
    const exchange = vi.fn<Exchange>(async () => null)
    const renew = createRefreshChain(exchange, () => nowMs)
    expect(await renew(token(1, -1))).toBeNull()
    expect(await renew(token(1, -1))).toBeNull()
    expect(exchange).toHaveBeenCalledTimes(2)
  })

  it('passes on that the issuer is away, and works again with it', async () => {
    const exchange = vi.fn<Exchange>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(token(2, 300))
    const renew = createRefreshChain(exchange, () => nowMs)
    await expect(renew(token(1, -1))).rejects.toThrow('away')
    expect((await renew(token(1, -1)))?.accessToken).toBe('access-2')
  })

  it('ends the session rather than ask forever an issuer whose tokens are never fresh', async () => {
    const exchange = vi.fn<Exchange>(async (old) => token(next(old), -1))
    expect(await createRefreshChain(exchange, () => nowMs)(token(1, -1))).toBeNull()
    expect(exchange).toHaveBeenCalledTimes(20)
  })

  it('ends a session without a refresh token when its access token ends', async () => {
    const exchange = vi.fn<Exchange>()
    expect(await createRefreshChain(exchange, () => nowMs)({ accessToken: 'a', expiresAt: 1 })).toBeNull()
  })
})

it('renews a token before its last seconds, in which the API may already refuse it', () => {
  expect(isFresh(token(1, 6), nowMs)).toBe(true)
  expect(isFresh(token(1, 5), nowMs)).toBe(false)
  expect(isFresh({}, nowMs)).toBe(false)
})
