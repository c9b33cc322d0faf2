/** One format for each of the policy's two parts. */
export type PolicyFormats = { bundle: number; manifest: number }

/**
 * The newest formats that this version reads; it reads every older one too. A new limit or member needs no new format
 * (docs/adr/0009-contracts-grow.md). Only a change that an older reader would misunderstand does.
 */
export const formatsRead: PolicyFormats = { bundle: 1, manifest: 1 }

export const isFormatUpTo = (newest: number, format: unknown): boolean =>
  typeof format === 'number' && Number.isSafeInteger(format) && format >= 1 && format <= newest

/**
 * Returns the writer of the newest format that all gateways read.
 * @param writers by the format that each writes
 * @param read the newest format that each gateway reads; while no gateway is known, the oldest writer is safe
 * @throws RangeError if a gateway is too old for every writer.
 */
export function writerFor<Write>(
  writers: Readonly<Record<number, Write>>,
  read: readonly number[],
): { format: number; write: Write } {
  const known = Object.entries(writers).map(([format, write]) => ({ format: Number(format), write }))
  const written = known.map(({ format }) => format)
  const least = Math.min(...(read.length > 0 ? read : written))
  const writer = known.findLast(({ format }) => format <= least)
  if (writer) return writer
  throw new RangeError(
    `a gateway reads formats up to ${least} only, but this version writes ${written.join(', ')}: upgrade that gateway`,
  )
}
