/** Whether Postgres can store the text: it refuses NUL and half of a surrogate pair. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** The text with U+FFFD for what Postgres can't store. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

// Letters, digits, punctuation and symbols, except those that fonts draw as nothing: Unicode's ignorable ones (such as the
// Hangul fillers), the Braille blank and the null notehead.
const visible = /(?!\p{Default_Ignorable_Code_Point}|\u2800|\u{1d159})[\p{L}\p{N}\p{P}\p{S}]/gu

/** How many characters of the text a person can see. Blanks, invisible characters and accents alone do not count. */
export const visibleCharacters = (text: string): number => text.match(visible)?.length ?? 0

const namesShown = 3
/** `a, b and c`, or of more names than four `a, b, c and 197 others`. */
export function namesText(names: readonly string[]): string {
  const more = names.length - namesShown
  if (more > 1) return `${names.slice(0, namesShown).join(', ')} and ${more} others`
  return names.length <= 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
