/**
 * How often what open pages show has changed, as far as the person may know of it. A page asks again for what a number
 * stands for when it differs from before.
 */
export type ChangeCounts = {
  /** Of the process that counts. Counts of two processes can't be compared: if it differs, everything may have changed. */
  process: string
  /** Notices in the bell. */
  notices: number
  /** Incidents: for the platform's people all of them, for a tenant's what the tenant may see of those that harm it. */
  incidents: number
  /** SLOs: their definitions, their rules, and what fires. */
  slos: number
}
