import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { CounterFromZero } from './counterFromZero.ts'

describe('a counter of the exposition', () => {
  const start = () => {
    const registry = new Registry()
    const counter = new CounterFromZero('x_total', 'x', ['tenant_id', 'reason'], registry)
    const values = async () =>
      [...(await registry.metrics()).matchAll(/^x_total\{tenant_id="(.*?)",reason="(.*?)"\} (.*)$/gm)].map(
        ([, tenant, reason, value]) => `${tenant} ${reason} ${value}`,
      )
    return { counter, values }
  }

  it('shows 0 first, so that Prometheus counts what came before the first scrape', async () => {
    const { counter, values } = start()
    counter.inc({ tenant_id: 'acme', reason: 'rate' }, 500)
    expect(await values()).toEqual(['acme rate 0'])
    counter.inc({ tenant_id: 'acme', reason: 'rate' }, 30)
    counter.inc({ tenant_id: 'acme', reason: 'burst' })
    expect(await values()).toEqual(['acme rate 530', 'acme burst 0'])
    counter.inc({ tenant_id: 'acme', reason: 'rate' }, 1)
    expect(await values()).toEqual(['acme rate 531', 'acme burst 1'])
  })

  it('drops a forgotten tenant, which starts from 0 when it comes back', async () => {
    const { counter, values } = start()
    counter.inc({ tenant_id: 'acme', reason: 'rate' }, 5)
    counter.inc({ tenant_id: 'globex', reason: 'rate' }, 7)
    await values()
    counter.remove('tenant_id', 'acme')
    expect(await values()).toEqual(['globex rate 7'])
    counter.inc({ tenant_id: 'acme', reason: 'rate' }, 2)
    expect(await values()).toEqual(['globex rate 7', 'acme rate 0'])
  })
})
