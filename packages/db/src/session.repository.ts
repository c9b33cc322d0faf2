import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

/**
 * Remembers that a session of the portal was signed out. Twice is the same as once.
 * @param expiresAt when the session would have ended by itself; after that nobody needs to remember it
 */
export async function end(tx: PlatformTx, id: string, expiresAt: Date): Promise<void> {
  await clientOf(tx).endedSession.createMany({ data: { id, expiresAt }, skipDuplicates: true })
}

export async function hasEnded(tx: PlatformTx, id: string): Promise<boolean> {
  return (await clientOf(tx).endedSession.count({ where: { id } })) > 0
}

/** Deletes the sessions that ended by themselves meanwhile. */
export async function forget(tx: WorkerTx, now: Date): Promise<void> {
  await clientOf(tx).endedSession.deleteMany({ where: { expiresAt: { lt: now } } })
}
