import { idForms } from './ids.ts'

/**
 * The only metric that a probe may write: its value is when the probe sent the sample, in Unix seconds
 * (docs/adr/0030-the-probe-is-not-a-tenant.md).
 */
export const probeMetric = 'tickwatch_probe_sent_timestamp_seconds'

/**
 * The label `tenant` of a tenant's probe series in the store. No tenant has such an id, and each query is pinned to the id
 * of its reader's tenant, so only the probe can read these series.
 */
export const probeTenant = (tenantId: string) => `probe:${tenantId}`

/** Names the gateway that Envoy sends a probe's request to. Envoy removes it. */
export const probeGatewayHeader = 'x-tickwatch-gateway'

/** The paths that a probe may use, of which each names the tenant that it probes. */
export const probePath = (tenantId: string, what: 'write' | 'query') => `/api/v1/probe/${tenantId}/${what}`

/** A regular expression without anchors for {@link probePath}; its group is the tenant. */
export const probePathSource = (what: 'write' | 'query') => probePath(`(${idForms.tenant.source})`, what)

/** The largest write of a probe, compressed and not. Its one sample has about 80 bytes. */
export const probeBytesMax = 512

/** The path of the API's machine port where a probe asks whom to probe. */
export const probeTargetsPath = '/v1/probes/targets'

/** Whom to probe: the tenants that are not suspended, and the gateways that reported in the last hour. */
export type ProbeTargets = { tenants: string[]; gateways: string[] }
