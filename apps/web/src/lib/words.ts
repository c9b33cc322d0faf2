/** `platform-admin` → `platform admin`: a role's name in a sentence. */
export const roleName = (role: string): string => role.replaceAll('-', ' ')

/** `canary` → `Canary`: how a name begins a sentence. */
export const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** `a`, `a or b`, `a, b or c`. */
export function either(words: readonly string[], joint = 'or'): string {
  if (words.length <= 1) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`
}
