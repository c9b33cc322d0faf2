export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/**
 * JSON with keys in code-unit order and no white space, so that equal values give equal bytes (RFC 8785 for the
 * values used here: strings, booleans, null and finite numbers). Undefined members are left out.
 * @throws TypeError for a number that JSON can't represent.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}
