import { randomUUID } from 'node:crypto'
import * as auditLog from '../audit.repository.ts'
import * as changeRequests from '../changeRequest.repository.ts'
import type { Database } from '../database.ts'
import * as gateways from '../gateway.repository.ts'
import * as incidents from '../incident.repository.ts'
import * as notices from '../notice.repository.ts'
import * as policyVersions from '../policyVersions.ts'
import * as quotas from '../quota.repository.ts'
import * as readerTokens from '../readerToken.repository.ts'
import * as refusalCauses from '../refusalCauses.repository.ts'
import {
  ann,
  auditEvent,
  changeRequest,
  figures,
  heartbeat,
  later,
  noon,
  pat,
  policyVersion,
  readerToken,
  revision,
  sha256,
} from './fixtures.ts'

/** Gives acme and globex the same rows in every table with rows of tenants. `theirs` and `theirToken` are globex'. */
export async function fillTwoTenants(
  db: Database,
  theirs: changeRequests.NewChangeRequest,
  theirToken: readerTokens.NewReaderToken,
): Promise<void> {
  const asked = { acme: changeRequest(), globex: theirs }
  for (const tenantId of ['acme', 'globex'] as const) {
    await db.tenant(tenantId, async (tx) => {
      await quotas.append(tx, revision({ tenantId, endsAt: later(60) }))
      await changeRequests.create(tx, asked[tenantId])
      const request = await changeRequests.lockPending(tx, asked[tenantId].id)
      if (!request) throw new Error('no request')
      await changeRequests.addMessage(tx, request, { kind: 'answer', by: ann, at: noon, text: 'for a launch' })
      await readerTokens.create(tx, tenantId === 'globex' ? theirToken : readerToken(), 'created grafana')
      await auditLog.append(tx, auditEvent({ tenantId }))
    })
  }
  await db.platform(async (tx) => {
    for (const { tenantId, id } of Object.values(asked)) {
      await changeRequests.addApproval(tx, { tenantId, id, by: pat, at: noon, reason: 'agreed' })
    }
    await auditLog.append(tx, auditEvent({ tenantId: null, action: 'access.addGrant' }))
    const sent = { acme: figures(), globex: figures({ samplesPerSecond: 7 }) }
    const refused = { version: 3, reason: 'tenant globex: no limit', at: noon }
    await gateways.recordHeartbeat(tx, heartbeat({ tenants: sent, refused }), noon)
    for (const tenantId of ['acme', 'globex', null]) {
      const words = { kind: 'refusals', severity: 'ticket', title: 'refused', text: 'rate', path: '/' }
      await notices.create(tx, { key: `refusals/${tenantId}`, tenantId, forSubject: null, ...words, createdAt: noon })
    }
    const harm = (tenantId: string) => {
      const id = randomUUID()
      return {
        incident: {
          ...{ id, key: id, owner: 'tickwatch', slo: 'freshness', alertName: 'SloBurnPage', labels: {}, blind: false },
          ...{ severity: 'page', state: 'open', episode: 1, openedAt: noon, beganAt: noon, resolvedAt: null },
        } satisfies incidents.Incident,
        tenant: { incidentId: id, tenantId },
        event: { incidentId: id, tenantId, episode: 1, at: noon, alert: null, by: null, text: null },
      }
    }
    const harms = ['acme', 'globex'].map(harm)
    await incidents.save(tx, {
      created: harms.map(({ incident }) => incident),
      updated: [],
      tenants: harms.map(({ tenant }) => tenant),
      events: harms.flatMap(({ event }) => [
        { ...event, kind: 'alertFired' as const },
        { ...event, kind: 'note' as const, tenantId: null, by: ann, text: 'globex does it' },
      ]),
    })
    const report = { since: noon.toISOString(), causes: [] }
    await refusalCauses.record(tx, heartbeat().gatewayId, { acme: report, globex: report }, noon)
  })
  await db.worker(async (tx) => {
    const version = await policyVersions.nextVersion(tx)
    await policyVersions.insert(tx, policyVersion(version))
    const to = { version, sha256: sha256('a'), publishedAt: noon, manifest: '{}', parameterVersion: 1 }
    await policyVersions.setDesired(tx, { ring: 'canary', ...to })
  })
}
