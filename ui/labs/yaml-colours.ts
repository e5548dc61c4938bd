import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'

/** A comment, a text in quotes, a key, a number or a yes-or-no; whichever begins first. */
const PARTS =
  /(#.*)|("(?:[^"\\]|\\.)*"|'[^']*')|([A-Za-z_][\w./-]*)(?=\s*:(?:\s|$))|(?<=[:[,-]\s*)(true|false|null|~|-?\d+(?:\.\d+)?)(?=\s*(?:$|[,\]#]))/g

const CLASSES = ['yaml-comment', 'yaml-text', 'yaml-key', 'yaml-value'] as const

const decorator = new MatchDecorator({
  regexp: PARTS,
  decorate: (add, from, to, match) => {
    const at = match.slice(1).findIndex((part) => part !== undefined)
    const name = CLASSES[at]
    if (name !== undefined) add(from, to, Decoration.mark({ class: name }))
  },
})

/** Colours from the page's own style sheet, so that they are readable in every theme. */
export const colouredYaml = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view)
    }
    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)
