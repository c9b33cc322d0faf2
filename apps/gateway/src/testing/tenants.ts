import { type Limits, parseBundle } from '@tickwatch/policy'
import { compilePolicy } from '../policy/policy.ts'
import { Tenants } from '../tenant/tenants.ts'
import { environment, newSigningKey, publish, type TestTenant } from './policies.ts'

const { privateKey } = newSigningKey()
let version = 0

/** The next version of the policy. */
export function policyOf(tenants: TestTenant[]) {
  const { json, manifest } = publish({ version: ++version, tenants }, privateKey, 's3')
  return compilePolicy(parseBundle(json, environment), manifest.sha256, null)
}

/** The tenants of a policy with only acme, at a gateway whose share of each limit is 1. */
export function tenantsOf(limits: Limits, onNeedShare = () => {}, onForget = (_id: string) => {}): Tenants {
  const tenants = new Tenants({ byTenant: new Map(), defaultShare: 1 }, onNeedShare, onForget)
  tenants.apply(policyOf([{ id: 'acme', limits }]), 0)
  return tenants
}
