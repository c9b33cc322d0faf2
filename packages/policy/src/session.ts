/** A session of the portal lasts at most this long after its sign-in: a working day. */
export const sessionMaxAgeSeconds = 8 * 3_600

/** Header with which the portal's server names its session to the API: a UUID, the same from sign-in to sign-out. */
export const sessionHeader = 'x-tickwatch-session'

/** Header with which the portal's server names the tenant whose pages a call is for. The API checks the caller's role. */
export const tenantHeader = 'x-tickwatch-tenant'
