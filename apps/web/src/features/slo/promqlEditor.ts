import {
  autocompletion,
  CompletionContext,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
} from '@codemirror/autocomplete'
import { history, historyKeymap, standardKeymap } from '@codemirror/commands'
import { ensureSyntaxTree } from '@codemirror/language'
import { Annotation, Compartment } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { LanguageType, promQLLanguage } from '@prometheus-io/codemirror-promql'

/** The field around it has the border, the background and the focus ring. */
const theme = EditorView.theme({
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: 'inherit', maxHeight: '12em' },
  '.cm-content': { padding: '0', minHeight: '3em', caretColor: 'currentColor' },
  '.cm-line': { padding: '0' },
  '.cm-tooltip': {
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: 'var(--mantine-radius-sm)',
    color: 'var(--mantine-color-text)',
    background: 'var(--mantine-color-body)',
    boxShadow: 'var(--mantine-shadow-md)',
  },
  // It has few options at a time, so it does not scroll: a list that scrolls would have to be a stop of the Tab key.
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    maxHeight: 'none',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '1.5' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--tw-accent)',
    background: 'var(--tw-accent-subtle)',
  },
  // Without room beside the list what a function does would cover the other options.
  '.cm-completionInfo-left-narrow, .cm-completionInfo-right-narrow': { display: 'none' },
  '.cm-completionListIncompleteTop:before, .cm-completionListIncompleteBottom:after': { opacity: '1' },
})

/** What of the editor's attributes changes, such as whether it has an error. */
const attributes = new Compartment()

/** Marks what the form changes, of which it need not hear. */
const given = Annotation.define<true>()

const parseMsMax = 1_000

/** On a busy machine the editor parses only a part of the text at once, and what may stand at the cursor depends on all. */
function parsed({ state, pos, explicit, view }: CompletionContext): CompletionContext {
  ensureSyntaxTree(state, state.doc.length, parseMsMax)
  return new CompletionContext(state.update({}).state, pos, explicit, view)
}

/** @param onChange gets all of the text after each change that a person makes */
export function openPromqlEditor(
  parent: HTMLElement,
  text: string,
  { complete, onChange }: { complete: CompletionSource; onChange: (text: string) => void },
): EditorView {
  return new EditorView({
    ...{ parent, doc: text },
    extensions: [
      promQLLanguage(LanguageType.PromQL),
      // A new line is seldom wanted here, so Enter chooses an option as soon as there is one.
      autocompletion({
        ...{ override: [(context) => complete(parsed(context))], icons: false },
        ...{ maxRenderedOptions: 8, interactionDelay: 0 },
      }),
      closeBrackets(),
      history(),
      keymap.of([...closeBracketsKeymap, ...historyKeymap, ...standardKeymap]),
      EditorView.lineWrapping,
      EditorView.updateListener.of(({ docChanged, state, transactions }) => {
        if (docChanged && !transactions.some((change) => change.annotation(given))) onChange(state.doc.toString())
      }),
      attributes.of([]),
      theme,
    ],
  })
}

/** Replaces all of the text, unless a person is typing: then the form may be a key behind. */
export function setText(editor: EditorView, text: string): void {
  const { doc } = editor.state
  if (editor.hasFocus || doc.toString() === text) return
  editor.dispatch({ changes: { from: 0, to: doc.length, insert: text }, annotations: given.of(true) })
}

export const setAttributes = (editor: EditorView, next: Record<string, string>): void =>
  editor.dispatch({ effects: attributes.reconfigure(EditorView.contentAttributes.of(next)) })
