/** `platform-admin` → `platform admin`: a role's name in a sentence. */
export const roleName = (role: string): string => role.replaceAll('-', ' ')

/** `canary` → `Canary`: how a name begins a sentence. */
export const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** `a`, `a or b`, `a, b or c`. */
export function either(words: readonly string[], joint = 'or'): string {
  if (words.length <= 1) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`
}

/** A text of more characters is cut. At the width of a table's column these are about five lines. */
const shownCharacters = 160
/** For fewer characters more than that, a cut is not worth it. */
const spareCharacters = 40

/** The beginning of a long text, up to the end of a word if one ends near, and `…`. A short text as it is. */
export function beginning(text: string): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  if (characters.length <= shownCharacters + spareCharacters) return text
  const shown = characters.slice(0, shownCharacters)
  const blank = shown.lastIndexOf(' ')
  return `${shown.slice(0, blank > shownCharacters - spareCharacters ? blank : shownCharacters).join('')}…`
}
