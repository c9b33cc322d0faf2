import type { Tree } from '@lezer/common'
import { PromqlSyntaxError } from './errors.ts'
import { type Sliced, sliceNodes } from './slices.ts'

/** Offsets into the query's text; `to` is exclusive. */
export type TextRange = { readonly from: number; readonly to: number }

/**
 * A string that Prometheus's lexer accepts (promql/parser/lex.go: `lexString`, `lexEscape`, `lexRawString`). The Lezer
 * grammar also accepts an unclosed string and any escape. The lexer gets U+FFFD for bytes that are not UTF-8.
 */
const escapes = '[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}'
const stringLiteral = new RegExp(
  String.raw`^(?:"(?:[^"\\\n\uFFFD]|\\(?:[abfnrtv\\"]|${escapes}))*"|'(?:[^'\\\n\uFFFD]|\\(?:[abfnrtv\\']|${escapes}))*'|` +
    '`[^`\\uFFFD]*`)$',
)

/** Not allowed in Prometheus outside strings and comments. Lezer also accepts all white space of Unicode. */
const unknownCharacter = /[^\t\n\r\x20-\x7E]/

/**
 * Rejects text that the Lezer grammar and Prometheus's lexer read differently. If one read a comment where the other
 * reads a selector, that selector would not be pinned.
 * @returns the comments.
 * @throws PromqlSyntaxError also for text that the grammar can't read.
 */
export function* checkLexically(text: string, tree: Tree): Sliced<TextRange[]> {
  const comments: TextRange[] = []
  let checkedTo = 0
  const checkCode = (to: number) => {
    const unknown = text.slice(checkedTo, to).search(unknownCharacter)
    if (unknown >= 0) {
      throw new PromqlSyntaxError('This character is not allowed here', text, checkedTo + unknown)
    }
  }
  const cursor = tree.cursor()
  for (let visited = 1; ; visited++) {
    if (visited % sliceNodes === 0) yield
    const { from, to } = cursor
    if (cursor.type.isError) throw unreadable(text, from)
    if (cursor.name === 'StringLiteral') {
      checkCode(from)
      checkedTo = to
      if (!stringLiteral.test(text.slice(from, to))) {
        throw new PromqlSyntaxError('This string is not closed or has an unknown escape', text, from)
      }
    }
    if (cursor.name === 'LineComment') {
      checkCode(from)
      checkedTo = to
      // Prometheus ends a comment at \r or \n, Lezer only at \n. Both treat CRLF the same.
      const carriageReturn = text.slice(from, to).replace(/\r$/, '').indexOf('\r')
      if (carriageReturn >= 0) {
        throw new PromqlSyntaxError('A comment must not contain a carriage return', text, from + carriageReturn)
      }
      comments.push({ from, to })
    }
    if (!cursor.next()) break
  }
  checkCode(text.length)
  return comments
}

/** Shorter queries have no chain of operators that the grammar can't read. */
const longBytes = 1_000

export function unreadable(text: string, offset: number): PromqlSyntaxError {
  const next = /^\s*(\S.{0,19})/.exec(text.slice(offset, offset + 40))?.[1]
  const error = offset < longBytes ? 'a syntax error' : 'a syntax error, or a chain of too many operators,'
  const fault = next ? `The PromQL has ${error} before ${JSON.stringify(next)}` : 'The query ends too early'
  return new PromqlSyntaxError(fault, text, offset)
}
