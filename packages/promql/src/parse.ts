import type { Tree } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { secondsOf } from './durations.ts'
import { PromqlSyntaxError, PromqlUnsupported } from './errors.ts'
import { checkLexically, type TextRange, unreadable } from './lexical.ts'
import { type Node, nodesOf } from './nodes.ts'
import type { AtModifier, Query, Selector, Window } from './query.ts'
import { atOnce, type Sliced, sliceNodes } from './slices.ts'

export const queryBytesMax = 65_536
/** Limited, because the storage looks up each selector separately. */
export const selectorsMax = 1_000
/**
 * Levels of parentheses, calls, modifiers and operators (`a + b + c` has two). Below 2,500 levels Lezer drops the
 * structure, with the selectors in it (`CutOff.Depth` of @lezer/common). It gives up on chains of 150 to 500 operators,
 * depending on their length (`Rec.MaxLeftAssociativeReductionCount` of @lezer/lr).
 */
export const nestingMax = 310
/** For each one the query is parsed again. Parsing takes about a millisecond per kilobyte. */
const metricsNamedOffsetMax = 4
/** Steps of the parser in one slice. Most tokens take one or two. */
const sliceSteps = 256

/** The grammar's names of the comparison operators. */
const comparisons: ReadonlySet<string> = new Set(['Eql', 'Neq', 'Gtr', 'Lss', 'Gte', 'Lte'])

const strictParser = parser.configure({ strict: true })

/**
 * Parses a query with the grammar that Prometheus publishes for editors.
 * @throws PromqlSyntaxError, PromqlUnsupported
 */
export const parseQuery = (text: string): Query => atOnce(parseQuerySliced(text))

/** The same in slices. */
export function* parseQuerySliced(text: string): Sliced<Query> {
  if (text.length > queryBytesMax || Buffer.byteLength(text) > queryBytesMax) {
    throw new PromqlUnsupported(`A query can have at most ${queryBytesMax} bytes`, '', 0)
  }
  return yield* readQuery(text)
}

/** {@link parseQuerySliced} without the size limit. */
export function* readQuery(asked: string): Sliced<Query> {
  if (!asked.isWellFormed()) throw new PromqlSyntaxError('The query is not Unicode', '', 0)
  const { text, tree } = yield* parseStrictly(asked)
  const comments = yield* checkLexically(text, tree)
  const reader = new QueryReader(text)
  const [expression] = (yield* nodesOf(tree)).children
  if (!expression) throw new PromqlSyntaxError('The query is empty', text, 0)
  yield* reader.read(expression, 0)
  const { selectors, subqueries, filters } = reader
  return { text, selectors, subqueries, isSelector: expression.name === 'VectorSelector', comments, filters }
}

/**
 * Stops at the first error. The recovery that an editor needs would take seconds on 64 KiB of quotes. The grammar can't
 * read a metric with the name `offset`, so such a name is moved into the selector's braces.
 * @returns the text that was parsed, which is the one to send.
 */
function* parseStrictly(asked: string): Sliced<{ text: string; tree: Tree }> {
  for (let text = asked, moved = 0; ; moved++) {
    try {
      return { text, tree: yield* treeOf(text) }
    } catch (cause) {
      const at = /^No parse at (\d+)$/.exec(cause instanceof SyntaxError ? cause.message : '')?.[1]
      if (at === undefined) throw cause
      const renamed = moved < metricsNamedOffsetMax ? nameInBraces(text, Number(at)) : null
      if (renamed === null) throw unreadable(text, Number(at))
      text = renamed
    }
  }
}

function* treeOf(text: string): Sliced<Tree> {
  const parse = strictParser.startParse(text)
  for (let steps = 1; ; steps++) {
    const tree = parse.advance()
    if (tree) return tree
    if (steps % sliceSteps === 0) yield
  }
}

/** Rewrites the metric `offset` at this position, or returns null if there is none. */
function nameInBraces(text: string, at: number): string | null {
  const metric = /\s*(offset)(?![\w:])(\s*\{)?/iy
  metric.lastIndex = at
  const found = metric.exec(text)
  if (!found) return null
  const [, name, brace] = found
  return `${text.slice(0, at)} {__name__="${name}"${brace ? ',' : '}'}${text.slice(metric.lastIndex)}`
}

/** A selector to which the reader still adds subqueries. */
type OpenSelector = Selector & { subqueries: Window[] }

/**
 * The operand to which a modifier after an expression applies. The grammar gives modifiers the lowest precedence and
 * reads `a + b offset 5m` as `(a + b) offset 5m`, but Prometheus gives them the highest (generated_parser.y). So each
 * method that reads an expression returns its last operand, because the next modifier belongs to that.
 */
type Operand = {
  /** The index of its first selector. Its last selector is the newest one. */
  from: number
  /** The window of a selector or subquery, which `offset`, `@` and a range may change; null for other operands. */
  window: Window | null
}

class QueryReader {
  readonly selectors: OpenSelector[] = []
  readonly subqueries: (readonly Window[])[] = []
  readonly filters: TextRange[] = []
  /** The subqueries around what is read now. */
  #around: readonly Window[] = []
  readonly #text: string
  #inParameter = false
  #visited = 0

  constructor(text: string) {
    this.#text = text
  }

  *read(node: Node, level: number): Sliced<Operand> {
    if (++this.#visited % sliceNodes === 0) yield
    if (level > nestingMax) throw this.#unsupported(`A query can be nested at most ${nestingMax} levels deep`, node)
    const { children } = node
    const [first] = children
    const last = children.at(-1)
    switch (node.name) {
      case 'VectorSelector':
        return this.#readSelector(node)
      case 'StringLiteral':
      case 'NumberDurationLiteral':
        return yield* this.#readAll([], level)
      case 'ParenExpr':
      case 'FunctionCallBody':
        return yield* this.#readAll(children, level)
      case 'FunctionCall':
        // info() reads series that no selector of the query names.
        if (first?.children[0]?.name === 'Info') throw this.#unsupported("info() can't be pinned to a tenant", node)
        return yield* this.#readAll(children.slice(1), level)
      case 'AggregateExpr': {
        const body = children.find((child) => child.name === 'FunctionCallBody')
        return yield* this.#readAggregation(body?.children ?? [], level)
      }
    }
    if (!first || !last) throw this.#unsupported(`${node.name} is not supported`, node)
    switch (node.name) {
      case 'UnaryExpr':
        return yield* this.read(last, level + 1)
      case 'BinaryExpr': {
        const operator = children[1]
        if (operator && comparisons.has(operator.name) && !children.some(({ name }) => name === 'BoolModifier')) {
          this.filters.push({ from: operator.from, to: operator.to })
        }
        yield* this.read(first, level + 1)
        return yield* this.read(last, level + 1)
      }
      case 'OffsetExpr': {
        const operand = yield* this.read(first, level + 1)
        const window = this.#open(operand, 'offsetSeconds', node)
        window.offsetSeconds = this.#seconds(last)
        return operand
      }
      case 'StepInvariantExpr': {
        const operand = yield* this.read(first, level + 1)
        const window = this.#open(operand, 'at', node)
        window.at = this.#at(last)
        return operand
      }
      case 'MatrixSelector': {
        const operand = yield* this.read(first, level + 1)
        const window = this.#open(operand, 'rangeSeconds', node)
        window.rangeSeconds = this.#positiveSeconds(last)
        return operand
      }
      case 'SubqueryExpr': {
        const [range, step] = children.filter((child) => child.name === 'DurationExpr')
        const window: Window = { rangeSeconds: this.#positiveSeconds(range ?? node), offsetSeconds: 0, at: null }
        if (step) window.stepSeconds = this.#positiveSeconds(step)
        const around = this.#around
        this.#around = [...around, window]
        this.subqueries.push(this.#around)
        const { from } = yield* this.read(first, level + 1)
        this.#around = around
        for (const selector of this.selectors.slice(from)) selector.subqueries.push(window)
        return { from, window }
      }
      default:
        throw this.#unsupported(`${node.name} is not supported`, node)
    }
  }

  #readSelector(node: Node): Operand {
    if (this.selectors.length === selectorsMax) {
      throw this.#unsupported(`A query can have at most ${selectorsMax} selectors`, node)
    }
    const matchers = node.children.find(({ name }) => name === 'LabelMatchers')
    const first = matchers?.children[0]
    const window = { rangeSeconds: null, offsetSeconds: 0, at: null }
    const from = this.selectors.length
    this.selectors.push({
      firstMatcher: first ? this.#textOf(first) : null,
      insertAt: matchers ? matchers.from + 1 : node.to,
      braces: matchers !== undefined,
      window,
      subqueries: [],
    })
    return { from, window }
  }

  /** @param operands the last one is aggregated. If there is one before it, that is the aggregation's parameter. */
  *#readAggregation(operands: readonly Node[], level: number): Sliced<Operand> {
    const outer = this.#inParameter
    this.#inParameter ||= operands.length > 1
    const { from } = yield* this.#readAll(operands.slice(0, -1), level)
    this.#inParameter = outer
    yield* this.#readAll(operands.slice(-1), level)
    return { from, window: null }
  }

  *#readAll(nodes: readonly Node[], level: number): Sliced<Operand> {
    const from = this.selectors.length
    for (const node of nodes) yield* this.read(node, level + 1)
    return { from, window: null }
  }

  /** The window that a modifier changes. Each modifier is allowed once, directly after a selector or subquery. */
  #open({ window }: Operand, part: 'rangeSeconds' | 'offsetSeconds' | 'at', node: Node): Window {
    if (window && !window[part]) return window
    throw new PromqlSyntaxError(
      'A modifier is allowed once, directly after a selector or subquery',
      this.#text,
      node.from,
    )
  }

  #at(node: Node): AtModifier {
    if (node.name !== 'AtModifierPreprocessors') return this.#seconds(node)
    // Prometheus's PreprocessExpr (promql/engine.go) does not visit the parameter, so the modifier has no effect there.
    if (this.#inParameter) throw this.#unsupported("Prometheus ignores this in an aggregation's parameter", node)
    return node.children[0]?.name === 'AtStart' ? 'start' : 'end'
  }

  #seconds(node: Node): number {
    const seconds = secondsOf(this.#textOf(node))
    if (seconds === null) throw this.#unsupported('Only a plain number or duration is supported here', node)
    return seconds
  }

  #positiveSeconds(node: Node): number {
    const seconds = this.#seconds(node)
    if (seconds > 0) return seconds
    throw new PromqlSyntaxError('A range or step must be longer than 0', this.#text, node.from)
  }

  #textOf(node: Node): string {
    return this.#text.slice(node.from, node.to)
  }

  #unsupported(fault: string, node: Node): PromqlUnsupported {
    return new PromqlUnsupported(fault, this.#text, node.from)
  }
}
