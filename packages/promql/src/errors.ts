export type Position = {
  /** The number of UTF-16 code units before it. */
  offset: number
  /** Counted from 1. */
  line: number
  /** Counted from 1, in UTF-16 code units. */
  column: number
}

function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n')
  return { offset, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/** Why a query is not forwarded, and the position of the fault in it. */
export abstract class PromqlError extends Error {
  readonly position: Position
  constructor(fault: string, text: string, offset: number) {
    const position = positionAt(text, offset)
    super(`${fault}, at line ${position.line}, column ${position.column} of the query`)
    this.position = position
  }
}

/** The text is not PromQL, or two PromQL parsers could read it differently. */
export class PromqlSyntaxError extends PromqlError {
  override readonly name = 'PromqlSyntaxError'
}

/** Valid PromQL in some version of Prometheus, but it can't be pinned to a tenant or measured. */
export class PromqlUnsupported extends PromqlError {
  override readonly name = 'PromqlUnsupported'
}
