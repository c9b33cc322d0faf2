import { type Incident, type PlatformTx, slos } from '@tickwatch/db'
import { type Definition, platformTenant } from '@tickwatch/slo'

/** The titles of the platform's SLOs by their ids. Alerts carry the ids, and no text that a person typed. */
export type SloTitles = ReadonlyMap<string, string>

/**
 * The newest titles of the SLOs that incidents are about, also of deleted ones.
 * @param maySee leaves out those that the reader may not see; the id then stands for the title
 */
export async function sloTitles(
  tx: PlatformTx,
  incidents: readonly Pick<Incident, 'owner' | 'slo'>[],
  maySee: (definition: Definition) => boolean = () => true,
): Promise<SloTitles> {
  const ids = incidents.flatMap(({ owner, slo }) => (owner === platformTenant && slo !== null ? [slo] : []))
  const definitions = await slos.newestDefinitions(tx, [...new Set(ids)])
  return new Map(definitions.filter(maySee).map(({ id, title }) => [id, title]))
}
