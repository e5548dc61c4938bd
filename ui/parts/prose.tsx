import { spansOf } from './spans.ts'

/** A sentence of the API; what stands between backticks in it is for the command line. */
export function Prose({ text }: { readonly text: string }) {
  return <>{spansOf(text).map(({ text: one, isCode }) => (isCode ? <code key={one}>{one}</code> : one))}</>
}
