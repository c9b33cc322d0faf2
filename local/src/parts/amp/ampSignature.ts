import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A request exactly as received, without decoding. */
export type WireRequest = {
  method: string
  /** Path and query, as sent. */
  target: string
  /** name, value, name, value, …: Node's `rawHeaders`. */
  rawHeaders: readonly string[]
  body: Uint8Array
}

export type SignatureScope = {
  region: string
  service: string
  /** Secret access key by access key id. */
  secrets: Readonly<Record<string, string>>
}

/** An error with AWS's name and message. Its status is always 403. */
export type SignatureFault = { type: string; message: string }

const algorithm = 'AWS4-HMAC-SHA256'
const skewMs = 5 * 60_000

const invalid = (message: string): SignatureFault => ({ type: 'InvalidSignatureException', message })
const incomplete = (message: string): SignatureFault => ({ type: 'IncompleteSignatureException', message })
const unknownToken: SignatureFault = {
  type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
}

/**
 * Checks Signature Version 4 as AWS services except S3 do. Written from AWS's signing reference, without our signer's
 * code, so that the two do not share a mistake.
 * @returns null if the signature is right.
 */
export function signatureFault(request: WireRequest, scope: SignatureScope, nowMs: number): SignatureFault | null {
  const headers = headerValues(request.rawHeaders)
  const authorization = headers.get('authorization')
  if (authorization === undefined)
    return { type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }
  const parsed = parseAuthorization(authorization)
  if (!parsed) {
    return incomplete(
      `Authorization header requires existence of '${algorithm}', 'Credential', 'SignedHeaders' and 'Signature'.`,
    )
  }
  const { accessKeyId, date, signedHeaders } = parsed

  const secret = Object.hasOwn(scope.secrets, accessKeyId) ? scope.secrets[accessKeyId] : undefined
  // Our keys are long-lived, so a request must not have a session token.
  if (secret === undefined || headers.has('x-amz-security-token')) return unknownToken
  if (parsed.service !== scope.service) {
    return invalid(`Credential should be scoped to correct service: '${scope.service}'.`)
  }
  if (parsed.region !== scope.region) {
    return invalid(`Credential should be scoped to a valid region, not '${parsed.region}'.`)
  }

  const unsigned = headersToSign(headers).find((name) => !signedHeaders.includes(name))
  if (unsigned) return invalid(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
  const missing = signedHeaders.find((name) => !headers.has(name))
  if (missing) return invalid(`The signed header '${missing}' is not in the request.`)

  const time = headers.get('x-amz-date') ?? ''
  const dateProblem = dateFault(time, date, nowMs)
  if (dateProblem) return dateProblem

  const bodyHash = sha256(request.body)
  const claimedHash = headers.get('x-amz-content-sha256')
  if (claimedHash !== undefined && claimedHash !== bodyHash) {
    return invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
  }

  const [path = '/', query = ''] = splitOnce(request.target, '?')
  const canonicalRequest = [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headers.get(name)}`),
    '',
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n')
  const credentialScope = `${date}/${parsed.region}/${parsed.service}/aws4_request`
  const stringToSign = [algorithm, time, credentialScope, sha256(canonicalRequest)].join('\n')
  const key = [date, parsed.region, parsed.service, 'aws4_request'].reduce<Buffer | string>(
    (signingKey, part) => hmac(signingKey, part),
    `AWS4${secret}`,
  )
  if (!timingSafeEqual(hmac(key, stringToSign), Buffer.from(parsed.signature, 'hex'))) {
    return invalid(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  return null
}

type Authorization = {
  accessKeyId: string
  date: string
  region: string
  service: string
  signedHeaders: string[]
  signature: string
}

function parseAuthorization(text: string): Authorization | null {
  const [scheme, rest] = splitOnce(text.trim(), ' ')
  if (scheme !== algorithm || rest === undefined) return null
  const parts = new Map(rest.split(',').map((part) => splitOnce(part.trim(), '=') as [string, string | undefined]))
  const credential = /^([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(parts.get('Credential') ?? '')
  const signature = parts.get('Signature') ?? ''
  const signedHeaders = parts.get('SignedHeaders')?.split(';') ?? []
  if (!credential || !/^[0-9a-f]{64}$/.test(signature) || signedHeaders.length === 0) return null
  const [, accessKeyId = '', date = '', region = '', service = ''] = credential
  return { accessKeyId, date, region, service, signedHeaders, signature }
}

/** `host` and all headers that begin with `x-amz-`, including the date. */
const headersToSign = (headers: ReadonlyMap<string, string>): string[] => [
  'host',
  ...[...headers.keys()].filter((name) => name.startsWith('x-amz-')),
]

function dateFault(time: string, scopeDate: string, nowMs: number): SignatureFault | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)
  if (!parts) return incomplete(`Date must be in ISO-8601 'basic format'. Got '${time}'.`)
  if (!time.startsWith(scopeDate)) {
    return invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scopeDate}' != '${time.slice(0, 8)}', from '${time}'.`,
    )
  }
  const [, year, month, day, hour, minute, second] = parts.map(Number) as [
    0,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second)
  const now = basicIso(nowMs)
  if (atMs < nowMs - skewMs) {
    return invalid(`Signature expired: ${time} is now earlier than ${basicIso(nowMs - skewMs)} (${now} - 5 min.)`)
  }
  if (atMs > nowMs + skewMs) {
    return invalid(
      `Signature not yet current: ${time} is still later than ${basicIso(nowMs + skewMs)} (${now} + 5 min.)`,
    )
  }
  return null
}

const basicIso = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')

/** Headers with lower-case names. Values are trimmed, with single spaces. Values of one name are joined by a comma. */
function headerValues(rawHeaders: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = (rawHeaders[i + 1] as string).trim().replace(/ +/g, ' ')
    const before = values.get(name)
    values.set(name, before === undefined ? value : `${before},${value}`)
  }
  return values
}

/** Removes dot segments and double slashes, then encodes every segment again, as SigV4 requires. */
function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(encode(segment))
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`
}

/** Decodes names and values, encodes them in the canonical way, and sorts by name, then by value. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=')
      return [encode(decode(name)), encode(decode(value))] as const
    })
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Keeps a malformed escape: then the signature does not match, and the request is rejected. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    if (cause instanceof URIError) return text
    throw cause
  }
}

/** Encodes all characters except RFC 3986's unreserved ones. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

function splitOnce(text: string, by: string): [string] | [string, string] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)]
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest()
