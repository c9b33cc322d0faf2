import type { Tree } from '@lezer/common'
import { PromqlSyntaxError } from './errors.ts'

/** From, to (exclusive). */
export type Stretch = { readonly from: number; readonly to: number }

/**
 * A string as Prometheus's lexer takes it (promql/parser/lex.go: `lexString`, `lexEscape`, `lexRawString`). The Lezer
 * grammar also takes an unclosed string and any escape. U+FFFD is what the lexer gets for bytes that are not UTF-8.
 */
const escapes = '[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}'
const stringLiteral = new RegExp(
  String.raw`^(?:"(?:[^"\\\n\uFFFD]|\\(?:[abfnrtv\\"]|${escapes}))*"|'(?:[^'\\\n\uFFFD]|\\(?:[abfnrtv\\']|${escapes}))*'|` +
    '`[^`\\uFFFD]*`)$',
)

/** What Prometheus knows outside strings and comments; Lezer's white space is all of Unicode's. */
const unknownCharacter = /[^\t\n\r\x20-\x7E]/

/**
 * Refuses what the Lezer grammar and Prometheus's lexer read differently, for a text that is a comment to the one and a
 * selector to the other would go unpinned.
 * @returns the comments.
 * @throws PromqlSyntaxError also on what the grammar could not read.
 */
export function checkLexically(text: string, tree: Tree): Stretch[] {
  const comments: Stretch[] = []
  let checkedTo = 0
  const checkCode = (to: number) => {
    const unknown = text.slice(checkedTo, to).search(unknownCharacter)
    if (unknown >= 0) {
      throw new PromqlSyntaxError('This character has no meaning here', text, checkedTo + unknown)
    }
  }
  for (const cursor = tree.cursor(); ; ) {
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
      // Prometheus ends a comment at either end of line, Lezer at \n only. CRLF is the same to both.
      const carriageReturn = text.slice(from, to).replace(/\r$/, '').indexOf('\r')
      if (carriageReturn >= 0) {
        throw new PromqlSyntaxError('A comment can have no carriage return in it', text, from + carriageReturn)
      }
      comments.push({ from, to })
    }
    if (!cursor.next()) break
  }
  checkCode(text.length)
  return comments
}

export function unreadable(text: string, offset: number): PromqlSyntaxError {
  const next = /^\s*(\S.{0,19})/.exec(text.slice(offset, offset + 40))?.[1]
  const fault = next ? `PromQL can't be read from ${JSON.stringify(next)} on` : 'The query ends too early'
  return new PromqlSyntaxError(fault, text, offset)
}
