import { computeShares, type Demand, type HeartbeatTenant, type Limits, takenTogether } from '@tickwatch/policy'
import type { Tenants } from '../tenant/tenants.ts'
import { tenantsOf } from './tenants.ts'

const heartbeatMs = 1_000
/** From a heartbeat to its answer. */
const answerMs = 50
const askGapMs = 250
/** The control plane reads the figures of the others at most this often. */
const figuresKeptMs = 500

type Figures = HeartbeatTenant | undefined
type Gateway = { tenants: Tenants; asked: boolean; beatAtMs: number; answers: { atMs: number; apply(): void }[] }

/** Several gateways with one tenant, acme, and a control plane that sees their heartbeats. */
export function simulatedFleet(gatewayCount: number, limits: Limits) {
  const gateways = Array.from({ length: gatewayCount }, (_, i): Gateway => {
    const tenants = tenantsOf(limits, () => {
      gateway.asked = true
    })
    tenants.shares = { byTenant: new Map(), defaultShare: 1 / gatewayCount }
    const gateway: Gateway = { tenants, asked: false, beatAtMs: -i * 137 - heartbeatMs, answers: [] }
    return gateway
  })
  const stored: Figures[] = gateways.map(() => undefined)
  let seen = { atMs: Number.NEGATIVE_INFINITY, figures: [...stored] }
  const beat = (id: number, gateway: Gateway, nowMs: number) => {
    gateway.asked = false
    gateway.beatAtMs = nowMs
    const figures = gateway.tenants.figures(nowMs)
    stored[id] = figures.acme
    if (nowMs - seen.atMs >= figuresKeptMs) seen = { atMs: nowMs, figures: [...stored] }
    const others = seen.figures.flatMap((of, i) => (i !== id && of ? [demandOf(i, of)] : []))
    const own = figures.acme && demandOf(id, figures.acme)
    const share = own && computeShares([own, ...others], gatewayCount).get(String(id))
    const othersTaken = own && takenTogether(others)
    const answer = {
      shares: share ? { acme: share } : {},
      defaultShare: 1 / gatewayCount,
      othersTaken: othersTaken ? { acme: othersTaken } : {},
    }
    const atMs = nowMs + answerMs
    gateway.answers.push({ atMs, apply: () => gateway.tenants.applyShares(answer, figures, atMs) })
  }
  return {
    gateways: gateways.map(({ tenants }) => tenants),
    /** Applies the answers and sends the heartbeats that are due at this time. */
    tick(nowMs: number): void {
      for (const [id, gateway] of gateways.entries()) {
        while ((gateway.answers[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) gateway.answers.shift()?.apply()
        const sinceMs = nowMs - gateway.beatAtMs
        if (sinceMs >= heartbeatMs || (gateway.asked && sinceMs >= askGapMs)) beat(id, gateway, nowMs)
      }
    },
  }
}

const demandOf = (id: number, figures: HeartbeatTenant): Demand => ({
  gatewayId: String(id),
  samplesPerSecond: figures.demandSamplesPerSecond,
  requestsPerSecond: figures.demandRequestsPerSecond,
  activeSeries: figures.demandSeries,
  queriesPerSecond: figures.demandQueriesPerSecond,
  taken: figures.taken,
})
