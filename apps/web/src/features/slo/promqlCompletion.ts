import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { newCompleteStrategy, type PrometheusClient } from '@prometheus-io/codemirror-promql'

/** What a field holds: one selector, one of a histogram without its suffix, or any expression. */
export type PromqlKind = 'selector' | 'histogram' | 'condition'

/**
 * What can stand at the cursor in a field.
 * @param context its state has the syntax tree of all of the text
 */
export async function completePromql(
  kind: PromqlKind,
  names: PrometheusClient,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const found = await newCompleteStrategy({ remote: names }).promQL(context)
  const range = found && replaced(context.state.doc.toString(), context.pos, found)
  return range && { ...found, ...range, options: found.options.filter((option) => isOffered(kind, option)) }
}

const matchOperators = ['=', '!=', '=~', '!~']
const numbers = ['nan', 'inf']

/** Whether a completion of the PromQL language can be part of what the field holds. */
function isOffered(kind: PromqlKind, { label, type }: Completion): boolean {
  // The API refuses info(), because it reads series that no selector names.
  if (kind === 'condition') return label !== 'info'
  return type === 'text' || (type === 'constant' && !numbers.includes(label)) || matchOperators.includes(label)
}

/**
 * What a chosen completion replaces: the word at the cursor, or all of a string. The library replaces up to the end of a
 * syntax node. That can be all matchers after the cursor, or lie before the cursor if a bracket or quote is not closed.
 * @returns null if nothing can be completed here
 */
function replaced(text: string, at: number, { from, to = at }: CompletionResult): { from: number; to: number } | null {
  const end = Math.max(at, to)
  const quote = text[from - 1]
  if (quote === '"' || quote === "'" || quote === '`') {
    return text.slice(from, at).includes(quote) ? null : { from, to: end }
  }
  return { from, to: /^[\w:]*$/.test(text.slice(at, end)) ? end : at }
}
