import { ageText } from './duration.ts'
import type { SaveOutcome, SaveRow } from './lab-shapes.ts'
import { plain, table } from './output.ts'

/** What came of each node, and where files were written. */
export const saveText = ({ save, nodes, skipped }: SaveOutcome, files: readonly string[]): string =>
  [
    ...nodes.map(({ node, host, ok, sizeBytes, message }) =>
      ok ? `${node} on ${host}: saved, ${sizeBytes} bytes` : `${node} on ${host}: failed: ${message ?? ''}`,
    ),
    ...(skipped.length === 0 ? [] : [`not saved, for nobody knows how: ${skipped.join(', ')}`]),
    ...files.map((file) => `wrote ${file}`),
    ...(save === null ? ['nothing was saved'] : [`save ${save}`]),
  ]
    .map((line) => `${plain(line).replaceAll('\n', ' ')}\n`)
    .join('')

/** What was saved of a lab, save by save. `nowMs` is the wall clock. */
export const savesText = (rows: readonly SaveRow[], nowMs: number): string =>
  table(
    ['save', 'age', 'host', 'revision', 'node', 'kind', 'bytes'],
    rows.flatMap(({ save, atMs, host, revision, nodes }) =>
      nodes.map(({ node, kind, sizeBytes }) => [
        save,
        ageText(Math.max(0, nowMs - atMs)),
        host,
        revision,
        node,
        kind,
        sizeBytes,
      ]),
    ),
  )

/** That it is so. */
export const forgottenText = ({
  lab,
  forgotten,
}: {
  readonly lab: string
  readonly forgotten: string | null
}): string => `what was saved of ${forgotten === null ? `lab ${lab}` : `${forgotten} of lab ${lab}`} is forgotten\n`
