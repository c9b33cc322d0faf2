import type { ObjectStore } from '@tickwatch/aws'
import { type Database, gateways, policyVersions, quotas, readerTokens, type TenantTx } from '@tickwatch/db'
import type { Wave } from '@tickwatch/policy'
import type { z } from 'zod'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import type { PolicyFigures } from '../../telemetry/metrics.ts'
import { stillKnown } from '../gateway/gateway.views.ts'
import { ringTargetsReader } from '../gateway/ringTargets.ts'
import { driftViews, isOnItsWay } from './drift.ts'
import type {
  contentInput,
  DriftView,
  Followed,
  PolicyVersionView,
  ProgressView,
  PropagationView,
  RingView,
  VersionBundleView,
  VersionContentView,
  versionsInput,
} from './policy.types.ts'
import { readProgress, readPropagation } from './readPropagation.ts'
import { createVersionBundles } from './versionBundles.ts'

export type PolicyService = {
  versions(input: z.output<typeof versionsInput>): Promise<Page<PolicyVersionView>>
  drift(): Promise<DriftView[]>
  rings(): Promise<RingView[]>
  /** @throws not found if the tenant has no such change. */
  propagation(tenantId: string, followed: Followed): Promise<PropagationView>
  versionPropagation(version: number): Promise<PropagationView>
  /** @throws not found without such a version or bundle, unavailable if S3 does not answer. */
  content(input: z.output<typeof contentInput>): Promise<VersionContentView>
  /** @throws as {@link content} */
  bundle(version: number): Promise<VersionBundleView>
  /** The propagation now, and again after each change of it, until `signal` aborts. */
  propagationLive(tenantId: string, followed: Followed, signal: AbortSignal): AsyncGenerator<PropagationView>
  /** For `/metrics`. */
  figures(): Promise<PolicyFigures>
}

/** A gateway disappears without an event, so the view is read again on a timer. Every other change is pushed. */
const liveEveryMs = 2_000

export function createPolicyService(
  db: Database,
  feed: ChangeFeed,
  waves: readonly Wave[],
  driftAlertMs: number,
  objects: Pick<ObjectStore, 'get'>,
): PolicyService {
  const processSince = new Date()
  const ringTargets = ringTargetsReader(waves)
  const propagation = (tenantId: string, followed: Followed) =>
    db.tenant(tenantId, async (tx) => {
      const made = await changeOf(tx, tenantId, followed)
      return one(
        await readPropagation(tx, [{ version: made.policyVersion, savedAt: made.createdAt }], waves, processSince),
      )
    })

  return {
    versions: (input) =>
      db.platform(async (tx) => {
        const page = await policyVersions.list(tx, input)
        const propagations = await readProgress(tx, page.items)
        const items = page.items.map((v, i) => ({
          ...{ version: v.version, sha256: v.sha256, bytes: v.bytes, tenants: v.tenants },
          ...{ causes: v.causes, moreCauses: v.moreCauses },
          cursor: policyVersions.versionCursor(v.version),
          createdAt: v.createdAt.toISOString(),
          propagation: one(propagations.slice(i)),
        }))
        return { items, nextCursor: page.nextCursor }
      }),

    drift: () =>
      db.platform(async (tx) => {
        const nowMs = Date.now()
        const drifting = driftViews(await gateways.list(tx), await ringTargets(tx), nowMs, driftAlertMs)
        return drifting.filter((drift) => !isOnItsWay(drift, nowMs))
      }),

    rings: () =>
      db.platform(async (tx) => {
        const states = await policyVersions.ringStates(tx)
        return waves.map(({ ring }) => {
          const state = states.find((s) => s.ring === ring)
          return {
            ring,
            desiredVersion: state?.version ?? null,
            desiredSha256: state?.sha256 ?? null,
            publishedAt: state?.publishedAt.toISOString() ?? null,
            parameterVersion: state?.parameterVersion ?? null,
            lastGoodVersion: state?.lastGoodVersion ?? null,
          }
        })
      }),

    propagation,
    ...createVersionBundles(db, objects),

    versionPropagation: (version) =>
      db.platform(async (tx) => {
        const known = await policyVersions.progress(tx, version)
        if (!known) throw notFound('policy version')
        return one(await readPropagation(tx, [known], waves, processSince, refusalsOf(await gateways.list(tx))))
      }),

    propagationLive: (tenantId, followed, signal) =>
      feed.follow({
        matters: ({ kind }) => kind === 'gateway' || kind === 'policy' || kind === 'resync',
        read: () => propagation(tenantId, followed),
        everyMs: liveEveryMs,
        signal,
      }),

    figures: () =>
      db.platform(async (tx) => {
        const nowMs = Date.now()
        const targets = await ringTargets(tx)
        const known = (await gateways.list(tx)).filter((g) => stillKnown(g, nowMs))
        const owedSince = await policyVersions.owedSince(tx)
        const drifting = driftViews(known, targets, nowMs, driftAlertMs)
        return {
          drift: known.map(({ gatewayId }) => {
            const since = drifting.find((d) => d.gatewayId === gatewayId)?.since
            return { gatewayId, seconds: since ? (nowMs - Date.parse(since)) / 1_000 : 0 }
          }),
          desired: targets.desires.map(({ ring, version }) => ({ ring, version })),
          unpublishedSeconds: owedSince ? Math.max(0, nowMs - owedSince.getTime()) / 1_000 : 0,
        }
      }),
  }
}

async function changeOf(tx: TenantTx, tenantId: string, followed: Followed) {
  const [what, change] =
    'revision' in followed
      ? ['revision', await quotas.byRevision(tx, tenantId, followed.revision)]
      : ['change', await readerTokens.change(tx, tenantId, followed.readerChange)]
  if (!change) throw notFound(what)
  return change
}

const refusalsOf = (known: Awaited<ReturnType<typeof gateways.list>>) =>
  new Map(known.flatMap(({ gatewayId, refused }) => (refused ? [[gatewayId, refused.reason] as const] : [])))

function one<V extends ProgressView>(views: readonly V[]): V {
  const view = views[0]
  if (!view) throw new TypeError('a change has one propagation')
  return view
}
