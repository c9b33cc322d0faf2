import { createHash, randomUUID } from 'node:crypto'
import type { Amis } from '@tickwatch/aws/amis'
import { AlreadyExists, auditLog, type Database, imageExceptions, images, type NewImage } from '@tickwatch/db'
import type { Logger } from 'pino'
import { type ProgramRequest, programEvent } from '../../shared/auditEvents.ts'
import { type DomainError, notFound } from '../../shared/errors.ts'
import { examine } from './evidence.ts'
import {
  amiTaken,
  architecturesRepeat,
  imageExists,
  keysUnreadable,
  notProven,
  reportUnreadable,
} from './image.errors.ts'
import { decide } from './image.rules.ts'
import type { RegisteredImage, Registration } from './image.types.ts'
import { factsOf } from './image.views.ts'
import type { SigningKey } from './keys.ts'
import { observeAmis } from './observe.ts'
import { readSbom, readScan } from './reports.ts'

export type RegistrationParts = {
  db: Database
  amis: Amis
  /** @throws KeysUnreadable */
  keys(): Promise<SigningKey[]>
  log: Logger
}

export type Register = (
  program: ProgramRequest,
  sent: Registration,
) => Promise<{ image: RegisteredImage; isNew: boolean }>

/**
 * Registers what a pipeline built. What the attestation does not prove does not get into the catalogue, and the audit log says who
 * tried. The same image sent again changes nothing.
 */
export function createRegister({ db, amis, keys, log }: RegistrationParts): Register {
  const answer = async (id: string, allowed: readonly SigningKey[]): Promise<RegisteredImage> =>
    db.platform(async (tx) => {
      const image = await images.byId(tx, id)
      if (!image) throw notFound('image')
      const now = new Date()
      const exceptions = await imageExceptions.live(tx, [image.name], now)
      const facts = factsOf(image, await images.vulnerabilities(tx, [id]), exceptions)
      const { ready, checks } = decide(facts, allowed, now)
      const refusals = checks.flatMap(({ name, refusals }) => refusals.map((each) => ({ check: name, ...each })))
      return { id, name: image.name, version: image.version, ready, refusals }
    })

  return async (program, sent) => {
    const now = new Date()
    const allowed = await keys().catch((cause: unknown) => {
      throw keysUnreadable(cause)
    })
    const refuse = async (error: DomainError): Promise<never> => {
      const after = { name: sent.name, version: sent.version, code: error.code, why: error.message.slice(0, 2_000) }
      const target = `${sent.name} ${sent.version}`
      await db.platform((tx) => auditLog.append(tx, programEvent(program, { action: 'image.refuse', target, after })))
      throw error
    }

    const made = newImage(program, sent, now)
    if ('fault' in made) return refuse(made.fault)
    const { image } = made
    const { checks } = examine({ ...sent, registeredAt: now, reports: image.reports }, allowed)
    const unproven = checks.flatMap(({ refusals }) => refusals)
    if (unproven.length > 0) return refuse(notProven(unproven))

    const known = await db.platform(async (tx) => ({
      same: await images.byKey(tx, image),
      owners: await images.withAmis(tx, image.amis),
    }))
    if (known.same?.manifest === image.manifest) return { image: await answer(known.same.id, allowed), isNew: false }
    if (known.same) return refuse(imageExists(image.name, image.version))
    const [owner] = known.owners
    if (owner) return refuse(amiTaken(owner.amiId, owner.name, owner.version))

    // Before the transaction, because none is open during a call of AWS. What EC2 does not say now, the job asks later.
    const observed = await observeAmis(amis, image.amis, log)
    const observedAt = new Date()
    try {
      await db.platform(async (tx) => {
        await images.create(tx, image)
        await images.recordObserved(tx, observedAt, observed)
        const after = { id: image.id, amis: sent.amis, manifestSha256: sha256Of(image.manifest) }
        const target = `${image.name} ${image.version}`
        await auditLog.append(tx, programEvent(program, { action: 'image.register', target, after }))
      })
    } catch (cause) {
      if (cause instanceof AlreadyExists) throw imageExists(image.name, image.version)
      throw cause
    }
    return { image: await answer(image.id, allowed), isNew: true }
  }
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What is stored of it, or why it can't be read. */
function newImage(
  { token }: ProgramRequest,
  { reports: sent, amis, bundle, ...rest }: Registration,
  registeredAt: Date,
): { image: NewImage } | { fault: DomainError } {
  if (new Set(sent.map(({ architecture }) => architecture)).size < sent.length) return { fault: architecturesRepeat() }
  const reports: NewImage['reports'] = []
  for (const { architecture, sbom, vulnerabilities } of sent) {
    const listed = readSbom(sbom)
    if ('fault' in listed) return { fault: reportUnreadable('SBOM', architecture, listed.fault) }
    const scan = readScan(vulnerabilities)
    if ('fault' in scan) return { fault: reportUnreadable('vulnerability report', architecture, scan.fault) }
    const hashes = { sbomSha256: sha256Of(sbom), vulnerabilitiesSha256: sha256Of(vulnerabilities) }
    reports.push({ architecture, sbom, vulnerabilities, ...hashes, ...scan, packages: listed.packages })
  }
  const image = {
    ...{ ...rest, id: randomUUID(), registeredAt, token: { id: token.tokenId, name: token.name }, reports },
    // Without one it is refused before it is stored.
    bundle: bundle ?? '',
    amis: amis.map(({ region, architecture, imageId }) => ({
      ...{ region, architecture, amiId: imageId, observedAt: null, observed: null },
    })),
  }
  return { image }
}
