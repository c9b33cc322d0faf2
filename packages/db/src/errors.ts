/** What a repository refuses; the features map these to their own errors. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
}

/** The row isn't there, or isn't there for this tenant: the two can't be told apart. */
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
    super(`the limits of ${tenantId} are at revision ${currentRevision}, the change was made on ${baseRevision}`)
    this.currentRevision = currentRevision
  }
}

/** Someone else changed the envelope since the caller read it. */
export class StaleEnvelope extends DatabaseError {
  override name = 'StaleEnvelope'
}

/** The change request was decided or withdrawn meanwhile. */
export class NotPending extends DatabaseError {
  override name = 'NotPending'
}

/** Without a platform admin nobody could grant a role any more. */
export class LastPlatformAdmin extends DatabaseError {
  override name = 'LastPlatformAdmin'
}

/** A page cursor that this list did not hand out. */
export class BadCursor extends DatabaseError {
  override name = 'BadCursor'
}

/** The lease was not renewed in time, or another process took it: its work must stop. */
export class LeaseLost extends DatabaseError {
  override name = 'LeaseLost'
}

/** Postgres doesn't answer. Whether a transaction under way was committed can't be known. */
export class DatabaseUnavailable extends DatabaseError {
  override name = 'DatabaseUnavailable'
}
