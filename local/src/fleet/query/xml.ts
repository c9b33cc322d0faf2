/** What an answer consists of. Undefined and null members are left out. */
export type Answer =
  | string
  | number
  | boolean
  | Date
  | readonly Answer[]
  | { [name: string]: Answer | null | undefined }

/** @param listItem the element around each member of a list: `member` in Auto Scaling, `item` in EC2 */
export function toXml(name: string, value: Answer | null | undefined, listItem: 'member' | 'item'): string {
  if (value === undefined || value === null) return ''
  return `<${name}>${content(value, listItem)}</${name}>`
}

function content(value: Answer, listItem: 'member' | 'item'): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return escapeXml(String(value))
  if (isList(value)) return value.map((each) => toXml(listItem, each, listItem)).join('')
  return Object.entries(value)
    .map(([name, each]) => toXml(name, each, listItem))
    .join('')
}

const isList = (value: object): value is readonly Answer[] => Array.isArray(value)

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c] ?? c)
