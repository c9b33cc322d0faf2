/** An error of a repository. The features map it to an error of their own. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
}

/** The row does not exist, or this tenant may not see it. The two give the same error. */
export class NotFound extends DatabaseError {
  override name = 'NotFound'
}

export class AlreadyExists extends DatabaseError {
  override name = 'AlreadyExists'
}

/** Someone else changed the limits since the caller read them. */
export class StaleRevision extends DatabaseError {
  override name = 'StaleRevision'
  readonly currentRevision: number
  constructor(tenantId: string, baseRevision: number, currentRevision: number) {
    super(`the limits of ${tenantId} are at revision ${currentRevision}, but the change is based on ${baseRevision}`)
    this.currentRevision = currentRevision
  }
}

/** Someone else changed the envelope since the caller read it. */
export class StaleEnvelope extends DatabaseError {
  override name = 'StaleEnvelope'
}

/** Someone else changed the SLO since the caller read it. */
export class StaleSlo extends DatabaseError {
  override name = 'StaleSlo'
}

/** The change request is already decided or withdrawn. */
export class NotPending extends DatabaseError {
  override name = 'NotPending'
}

/** Without a platform admin nobody could grant a role any more. */
export class LastPlatformAdmin extends DatabaseError {
  override name = 'LastPlatformAdmin'
}

/** The page cursor does not come from this list. */
export class BadCursor extends DatabaseError {
  override name = 'BadCursor'
}

/** The lease was not renewed in time, or another process took it: its work must stop. */
export class LeaseLost extends DatabaseError {
  override name = 'LeaseLost'
}

/** Postgres does not answer. It is unknown whether a transaction that had started was committed. */
export class DatabaseUnavailable extends DatabaseError {
  override name = 'DatabaseUnavailable'
}
