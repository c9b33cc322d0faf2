import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

/** A rule groups namespace of the AMP workspace, as it was last seen or written. */
export type RuleNamespace = {
  name: string
  rules: number
  /** Hex SHA-256 of the rule file that AMP evaluates; null if it is not ours, or AMP never took it. */
  sha256: string | null
  /** Of the file that a write sends or sent, until AMP evaluates it; null if none is under way. */
  sendingSha256: string | null
  /** AMP's time of the last change that is known. */
  modifiedAt: Date | null
  /** When the last write began. */
  attemptedAt: Date | null
  /** Why AMP refused the file of `sendingSha256`. */
  failure: string | null
}

/** All that are known, by their names. */
export async function list(tx: PlatformTx): Promise<RuleNamespace[]> {
  return clientOf(tx).ruleNamespace.findMany({ orderBy: { name: 'asc' } })
}

/** Records what is known of a namespace now. */
export async function put(tx: WorkerTx, { name, ...known }: RuleNamespace): Promise<void> {
  await clientOf(tx).ruleNamespace.upsert({ where: { name }, create: { name, ...known }, update: known })
}

export async function remove(tx: WorkerTx, name: string): Promise<void> {
  await clientOf(tx).ruleNamespace.deleteMany({ where: { name } })
}
