/** Of a long log this much is shown; the command line shows all: `skein lab logs`. */
const MAX_CHARACTERS = 200_000

/** Text of JSON lines `{stdout}` or `{stderr}`, each with many lines or a part of one, as they come in pieces; the end of it where it is long. */
export class LogText {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #text = ''

  get text(): string {
    return this.#text
  }

  add(piece: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    const more = lines.map(textOf).join('')
    this.#text = (this.#text + more).slice(-MAX_CHARACTERS)
  }
}

/** What does not belong to text, such as colours of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]|[\u0000-\u0008\u000b-\u001f]/g

function textOf(line: string): string {
  if (line.trim() === '') return ''
  try {
    const { stdout, stderr }: { readonly stdout?: unknown; readonly stderr?: unknown } = JSON.parse(line) ?? {}
    const text = typeof stdout === 'string' ? stdout : typeof stderr === 'string' ? stderr : ''
    return text.replaceAll('\r\n', '\n').replaceAll(CONTROL, '')
  } catch {
    return ''
  }
}
