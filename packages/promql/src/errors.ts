export type Position = {
  /** UTF-16 code units before it. */
  offset: number
  /** From 1. */
  line: number
  /** From 1, in UTF-16 code units. */
  column: number
}

function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n')
  return { offset, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/** A query that is not passed on, and where in it the fault is. */
export abstract class PromqlError extends Error {
  readonly position: Position
  constructor(fault: string, text: string, offset: number) {
    const position = positionAt(text, offset)
    super(`${fault}, at line ${position.line}, column ${position.column} of the query`)
    this.position = position
  }
}

/** The text is not PromQL, or two readers of PromQL could disagree about what it says. */
export class PromqlSyntaxError extends PromqlError {
  override readonly name = 'PromqlSyntaxError'
}

/** PromQL that some Prometheus answers, but that can't be pinned to a tenant or measured. */
export class PromqlUnsupported extends PromqlError {
  override readonly name = 'PromqlUnsupported'
}
