import type { LabReconciled } from './lab-shapes.ts'
import { plain } from './output.ts'

type OfHost = LabReconciled['hosts'][number]

/** What each host found and did, as people read it. */
export const reconciledText = ({ hosts }: LabReconciled): string =>
  hosts
    .flatMap((host) => [headText(host), ...doneTexts(host), ...wrongTexts(host)])
    .map((line) => `${plain(line).replaceAll('\n', ' ')}\n`)
    .join('')

function headText({ host, done, wrong, unreachable }: OfHost): string {
  if (unreachable !== undefined) return `${host}: not reached: ${unreachable}`
  return `${host}: ${done.length + wrong.length === 0 ? 'all as wanted' : `${done.length} done, ${wrong.length} wrong`}`
}

const doneTexts = ({ done }: OfHost): readonly string[] =>
  done.map(({ op, what, reason, ok, message, ms }) =>
    ok ? `  done    ${op} ${what}: ${reason} (${ms} ms)` : `  failed  ${op} ${what}: ${reason}: ${message ?? ''}`,
  )

const wrongTexts = ({ wrong }: OfHost): readonly string[] =>
  wrong.map(({ what, reason, error }) => `  wrong   ${what}: ${reason}${error === null ? '' : `: ${error}`}`)
