import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { Annotation, EditorState } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef, useState } from 'preact/hooks'
import { carryNonce } from '../nonce.ts'
import { Echoes } from './echoes.ts'
import { type Span, spanOf, type TextProblem } from './topology-text.ts'
import { colouredYaml } from './yaml-colours.ts'

interface YamlEditorProps {
  readonly text: string
  onText(text: string): void
  readonly problems: readonly TextProblem[]
  /** Where the cursor is to go; anew for each wish. */
  readonly go: { readonly line: number; readonly column: number } | undefined
  readonly label: string
}

/** A change that came from outside: whoever gave it knows the text. */
const Given = Annotation.define<boolean>()

/** An editor for YAML that shows mistakes at their lines. Tab leaves it, as it leaves any field. */
export function YamlEditor({ text, onText, problems, go, label }: YamlEditorProps) {
  const box = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView | undefined>(undefined)
  const [echoes] = useState(() => new Echoes())
  const told = useRef(onText)
  told.current = (next) => {
    echoes.told(next)
    onText(next)
  }
  useEffect(() => {
    if (box.current === null) return
    carryNonce()
    const made = new EditorView({
      parent: box.current,
      state: EditorState.create({ doc: text, extensions: extensions(label, (next) => told.current(next)) }),
    })
    editor.current = made
    return () => made.destroy()
  }, [label])
  useEffect(() => {
    const view = editor.current
    if (echoes.isOwn(text) || view === undefined || view.state.doc.toString() === text) return
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: Given.of(true) })
  }, [text])
  useEffect(() => {
    const view = editor.current
    if (view !== undefined)
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map((problem) => diagnostic(view.state.doc.toString(), problem)),
        ),
      )
  }, [problems])
  useEffect(() => {
    const view = editor.current
    if (view === undefined || go === undefined) return
    const { from, to } = spanOf(view.state.doc.toString(), go)
    view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'center' }) })
    view.focus()
  }, [go])
  return <div ref={box} class="editor" />
}

function diagnostic(text: string, problem: TextProblem): Diagnostic {
  const { from, to }: Span = spanOf(text, problem)
  return { from, to, severity: problem.severity, message: problem.message, source: problem.path }
}

/** Text typed over several lines: browsers would join these with inline styles, which the page's policy forbids. */
const typedOverLines = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection
    const isOneLine = view.state.doc.lineAt(main.from).number === view.state.doc.lineAt(main.to).number
    if (event.inputType !== 'insertText' || event.data === null || isOneLine) return false
    event.preventDefault()
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true })
    return true
  },
})

const extensions = (label: string, onText: (text: string) => void) => [
  lineNumbers(),
  lintGutter(),
  history(),
  drawSelection(),
  highlightActiveLine(),
  indentOnInput(),
  indentUnit.of('  '),
  bracketMatching(),
  yaml(),
  colouredYaml,
  typedOverLines,
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
  EditorView.updateListener.of((update) => {
    const isGiven = update.transactions.some((one) => one.annotation(Given) === true)
    if (update.docChanged && !isGiven) onText(update.state.doc.toString())
  }),
  keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
]
