import { interfaceWords } from '../interface-name.ts'
import { VENDOR_KINDS } from './kinds.ts'
import type { VendorKind } from './vendor-kind.ts'

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const command = (argv: readonly string[] | undefined): string =>
  argv === undefined ? '' : code(argv.map((word) => (/[\s'"]/.test(word) ? `'${word}'` : word)).join(' '))

/** When a kind is ready, in words. */
function readyText({ hasHealth, boot }: VendorKind): string {
  if (hasHealth === true) return 'its health check'
  const until = boot?.filter((one) => one.until !== undefined) ?? []
  return until.length === 0 ? 'at once' : until.map(({ argv }) => command(argv)).join(', then ')
}

const row = (kind: VendorKind): string => {
  const { names, what, config, save, get, console: terminal } = kind
  const read =
    get === undefined ? 'no' : [save, get].flatMap((argv) => (argv === undefined ? [] : [command(argv)])).join(', ')
  const cells = [
    names.map(code).join(' '),
    what,
    interfaceWords(names[0] ?? '') ?? 'any',
    config === undefined ? 'none' : code(config.path),
    readyText(kind),
    read,
    terminal === undefined ? 'shell' : command(terminal),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Every kind of a vendor as Markdown. */
export const kindTable = (): string =>
  [
    '| kind | what | interfaces | configuration | ready by | `lab save` runs | `lab console` runs |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...VENDOR_KINDS.map(row),
  ].join('\n')
