/** A mistake in a topology, as the host tells it. Lines and columns count from 1. */
export interface TextProblem {
  readonly severity: 'error' | 'warning'
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Where in a text a problem is: offsets of a range that is never empty where the line is not. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The range of a problem: from its column to the end of the word there, within the text whatever was told. */
export function spanOf(text: string, { line, column }: Pick<TextProblem, 'line' | 'column'>): Span {
  const lines = text.split('\n')
  const at = Math.min(Math.max(1, line), lines.length)
  const start = lines.slice(0, at - 1).reduce((sum, one) => sum + one.length + 1, 0)
  const whole = (lines[at - 1] ?? '').replace(/\r$/, '')
  const first = Math.min(Math.max(0, column - 1), whole.length)
  const word = /^[^\s,:[\]{}#]+/.exec(whole.slice(first))?.[0].length ?? 0
  if (word > 0) return { from: start + first, to: start + first + word }
  const indent = /^\s*/.exec(whole)?.[0].length ?? 0
  return { from: start + Math.min(indent, whole.length), to: start + whole.length }
}

const NAME = /^name[ \t]*:[^\n]*$/m

/** The same topology under another name. */
export function renamed(text: string, name: string): string {
  return NAME.test(text) ? text.replace(NAME, `name: ${name}`) : `name: ${name}\n${text}`
}

/** What a copy of a lab is called: `one-2`, or the next that nobody has. */
export function copyName(name: string, taken: readonly string[]): string {
  const base = name.replace(/-\d+$/, '')
  for (let count = 2; ; count += 1) if (!taken.includes(`${base}-${count}`)) return `${base}-${count}`
}

/** What a new lab begins with. */
export const STARTER = `name: my-lab
topology:
  nodes:
    r1:
      kind: linux
      image: alpine:3
    r2:
      kind: linux
      image: alpine:3
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
`
