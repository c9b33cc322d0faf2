import { randomUUID } from 'node:crypto'
import { auditLog, imageExceptions, images, type PlatformTx, type StoredImage } from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { diffManifests, diffPackages, diffVulnerabilities, packageRows } from './image.diff.ts'
import { exceptionExists, exceptionOver, keysUnreadable, vulnerabilityUnknown } from './image.errors.ts'
import { decide, imagePolicy } from './image.rules.ts'
import {
  type DiffView,
  type EvidenceView,
  type endExceptionInput,
  type exceptInput,
  type ImagesView,
  type ImageView,
  type listInput,
  type PackagesView,
  type reportInput,
  rowsMax,
  type VulnerabilitiesView,
} from './image.types.ts'
import { amiViews, exceptionView, factsOf, policyView, rowOf, vulnerabilitiesView } from './image.views.ts'
import { jsonOf } from './jsonOf.ts'
import type { SigningKey } from './keys.ts'
import { createRegister, type Register, type RegistrationParts } from './registration.ts'
import { verifySignature } from './signature.ts'

/**
 * The catalogue of golden images. Whether one may roll out is decided again at each read. All reads throw `image-keys-unreadable`
 * (unavailable) while the allowed keys can't be read.
 */
export type ImageService = {
  register: Register
  /** The image that was registered last first. */
  list(input: z.output<typeof listInput>): Promise<ImagesView>
  /** @throws not found, like all that follow */
  get(id: string): Promise<ImageView>
  vulnerabilities(id: string): Promise<VulnerabilitiesView>
  /** @param search a part of the name, whatever its case */
  packages(id: string, search: string): Promise<PackagesView>
  evidence(id: string): Promise<EvidenceView>
  /** A report as the pipeline sent it. */
  report(input: z.output<typeof reportInput>): Promise<{ text: string }>
  /** How `to` differs from `from`. */
  diff(from: string, to: string): Promise<DiffView>
  /** Allows a vulnerability of a package in all images of a name for some days. @throws image-vulnerability-unknown, image-exception-exists */
  except(caller: Caller, input: z.output<typeof exceptInput>): Promise<{ id: string }>
  /** @throws image-exception-over */
  endException(caller: Caller, input: z.output<typeof endExceptionInput>): Promise<{ id: string }>
}

const dayMs = 86_400_000
const exceptionsShown = 50
const versionsShown = 100

export function createImageService(parts: RegistrationParts): ImageService {
  const { db } = parts
  const allowed = (): Promise<SigningKey[]> =>
    parts.keys().catch((cause: unknown) => {
      throw keysUnreadable(cause)
    })

  return {
    register: createRegister(parts),

    async list(input) {
      const keys = await allowed()
      return db.platform(async (tx) => {
        const now = new Date()
        const { items, nextCursor } = await images.list(tx, input)
        const ids = items.map(({ id }) => id)
        const found = await images.vulnerabilities(tx, ids, imagePolicy.severitiesRefused)
        const counts = await images.severityCounts(tx, ids)
        const exceptions = await imageExceptions.live(tx, [...new Set(items.map(({ name }) => name))], now)
        const rows = items.map((image) => {
          const facts = factsOf(image, found, exceptions)
          return rowOf(image, facts, decide(facts, keys, now), counts.get(image.id) ?? {})
        })
        return { items: rows, nextCursor, policy: policyView }
      })
    },

    async get(id) {
      const keys = await allowed()
      return db.platform(async (tx) => {
        const now = new Date()
        const image = await known(tx, id)
        const found = await images.vulnerabilities(tx, [id], imagePolicy.severitiesRefused)
        const counts = await images.severityCounts(tx, [id])
        const facts = factsOf(image, found, await imageExceptions.live(tx, [image.name], now))
        const verdict = decide(facts, keys, now)
        const exceptions = await imageExceptions.ofName(tx, image.name, exceptionsShown)
        const versions = await images.versions(tx, image.name, versionsShown + 1)
        return {
          ...rowOf(image, facts, verdict, counts.get(id) ?? {}),
          ...{ checks: verdict.checks, provenance: verdict.provenance, changelog: image.changelog, policy: policyView },
          amis: amiViews(image),
          reports: image.reports.map(({ architecture, scannedAt, databaseBuiltAt }) => ({
            architecture,
            scannedAt: scannedAt?.toISOString() ?? null,
            databaseBuiltAt: databaseBuiltAt?.toISOString() ?? null,
          })),
          exceptions: exceptions.map((exception) => exceptionView(exception, now)),
          otherVersions: versions
            .filter((other) => other.id !== id)
            .slice(0, versionsShown)
            .map((other) => ({ id: other.id, version: other.version })),
        }
      })
    },

    vulnerabilities: (id) =>
      db.platform(async (tx) => {
        const image = await known(tx, id)
        const exceptions = await imageExceptions.live(tx, [image.name], new Date())
        return vulnerabilitiesView(await images.vulnerabilities(tx, [id]), exceptions)
      }),

    packages: (id, search) =>
      db.platform(async (tx) => {
        await known(tx, id)
        const sought = search.trim().toLowerCase()
        const rows = packageRows(await images.packages(tx, id)).filter(({ name }) =>
          name.toLowerCase().includes(sought),
        )
        return { items: rows.slice(0, rowsMax), total: rows.length }
      }),

    async evidence(id) {
      const keys = await allowed()
      const { manifest, bundle, registeredAt } = await db.platform((tx) => known(tx, id))
      const signature = verifySignature(bundle, keys, registeredAt)
      const key = 'signed' in signature ? signature.signed.key.publicKey : null
      return { manifest, bundle, publicKey: key?.export({ type: 'spki', format: 'pem' }).toString() ?? null }
    },

    report: ({ id, architecture, kind }) =>
      db.platform(async (tx) => {
        const text = await images.reportText(tx, id, architecture, kind)
        if (text === null) throw notFound('image')
        return { text }
      }),

    diff: (fromId, toId) =>
      db.platform(async (tx) => {
        const [from, to] = [await known(tx, fromId), await known(tx, toId)]
        const all = {
          packages: diffPackages(await images.packages(tx, fromId), await images.packages(tx, toId)),
          vulnerabilities: diffVulnerabilities(
            await images.vulnerabilities(tx, [fromId]),
            await images.vulnerabilities(tx, [toId]),
          ),
          manifest: diffManifests(jsonOf(from.manifest), jsonOf(to.manifest)),
        }
        return {
          from: `${from.name} ${from.version}`,
          to: `${to.name} ${to.version}`,
          packages: all.packages.slice(0, rowsMax),
          vulnerabilities: all.vulnerabilities.slice(0, rowsMax),
          manifest: all.manifest.slice(0, rowsMax),
          totals: {
            packages: all.packages.length,
            vulnerabilities: all.vulnerabilities.length,
            manifest: all.manifest.length,
          },
        }
      }),

    except: (caller, { expiresInDays, reason, ...about }) =>
      db.platform(async (tx) => {
        await imageExceptions.lock(tx, about.imageName)
        const now = new Date()
        if (!(await images.haveVulnerability(tx, about))) throw vulnerabilityUnknown(about.imageName)
        const live = await imageExceptions.live(tx, [about.imageName], now)
        if (live.some((each) => each.vulnerability === about.vulnerability && each.package === about.package)) {
          throw exceptionExists()
        }
        const id = randomUUID()
        const expiresAt = new Date(now.getTime() + expiresInDays * dayMs)
        await imageExceptions.create(tx, { id, ...about, createdAt: now, by: personOf(caller), reason, expiresAt })
        const after = { id, ...about, expiresAt: expiresAt.toISOString() }
        await auditLog.append(
          tx,
          personEvent(caller, { action: 'imageException.create', target: about.vulnerability, after, reason }),
        )
        return { id }
      }),

    endException: (caller, { id, reason }) =>
      db.platform(async (tx) => {
        const exception = await imageExceptions.byId(tx, id)
        if (!exception) throw notFound('exception')
        const at = new Date()
        if (!(await imageExceptions.end(tx, id, at, { by: personOf(caller), reason }))) throw exceptionOver()
        const { imageName, vulnerability, package: name, expiresAt } = exception
        const about = { id, imageName, package: name }
        const before = { ...about, until: expiresAt.toISOString() }
        const after = { ...about, until: at.toISOString() }
        const act = { action: 'imageException.end', target: vulnerability, before, after, reason }
        await auditLog.append(tx, personEvent(caller, act))
        return { id }
      }),
  }
}

/** @throws not found */
async function known(tx: PlatformTx, id: string): Promise<StoredImage> {
  const image = await images.byId(tx, id)
  if (!image) throw notFound('image')
  return image
}
