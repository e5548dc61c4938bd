import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as yieldOnce } from 'node:timers/promises'
import { createApi } from '#api/index.ts'
import { type CliActions, type CliIo, type CliTerminal, createCli } from '#cli/index.ts'
import { createFakeAgent, type FakeAgent } from './fake-agent.ts'

/** The wall clock when a run of the command line begins. */
const START_MS = Date.UTC(2026, 10, 20)

/** What one run of the command line did. */
interface CliRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface CliSettings {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly isTty?: boolean
  /** A terminal that somebody sits at; without, standard input is a pipe. */
  readonly terminal?: Partial<CliTerminal>
  /** What a person types when asked; nobody can be asked without. */
  readonly answer?: string
  readonly actions?: Partial<CliActions>
  /** Called at each wait of the command line, with the virtual time in ms since its start; `interrupt` is Ctrl-C. */
  readonly onWait?: (atMs: number, interrupt: () => void) => void | Promise<void>
}

/** The command line against the real API of a fake agent, on a socket in a folder of its own, with a virtual clock. */
export interface CliWorld extends AsyncDisposable {
  readonly agent: FakeAgent
  readonly folder: string
  readonly socket: string
  run(args: readonly string[], settings?: CliSettings): Promise<CliRun>
  startApi(): Promise<void>
  stopApi(): Promise<void>
}

/** A world whose API listens. */
export async function createCliWorld(): Promise<CliWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-cli-'))
  const socket = join(folder, 'run', 'skein.sock')
  const agent = createFakeAgent()
  const make = () => createApi({ agent, socketPath: socket, version: '0.1.0' })
  let api: ReturnType<typeof make> | undefined
  const world: CliWorld = {
    agent,
    folder,
    socket,
    run: (args, settings = {}) => runCli({ folder, socket }, args, settings),
    async startApi() {
      api = make()
      await api.start()
    },
    async stopApi() {
      await api?.stop()
      api = undefined
    },
    async [Symbol.asyncDispose]() {
      await world.stopApi()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await world.startApi()
  return world
}

const pipe = (stdin: string): CliTerminal => ({
  isTty: false,
  size: () => ({ cols: 80, rows: 24 }),
  onResize: () => () => {},
  raw: () => () => {},
  async *input() {
    if (stdin !== '') yield Buffer.from(stdin)
  },
})

async function runCli(
  at: { folder: string; socket: string },
  args: readonly string[],
  settings: CliSettings,
): Promise<CliRun> {
  const { stdin = '', env = {}, isTty = false, answer, actions = {}, onWait } = settings
  let out = ''
  let err = ''
  let nowMs = 0
  const interrupt = new AbortController()
  const io: CliIo = {
    out(text) {
      out += text
    },
    openOut: async (file) => {
      const bytes: Uint8Array[] = []
      return {
        write: async (piece) => {
          if (file === undefined) io.out(Buffer.from(piece).toString())
          else bytes.push(piece)
        },
        close: async () => (file === undefined ? undefined : writeFile(join(at.folder, file), Buffer.concat(bytes))),
      }
    },
    err(text) {
      err += text
    },
    readStdin: async () => Buffer.from(stdin),
    terminal: { ...pipe(stdin), ...settings.terminal },
    isTty,
    isOutTty: isTty,
    canAsk: answer !== undefined,
    ask: async (question) => {
      err += question
      return answer ?? ''
    },
    askSecret: (question) => io.ask(question),
    env: { SKEIN_SOCKET: at.socket, ...env },
    cwd: at.folder,
    nowMs: () => nowMs,
    wallMs: () => START_MS + nowMs,
    async sleep(ms) {
      nowMs += ms
      await onWait?.(nowMs, () => interrupt.abort())
      await yieldOnce()
    },
    catchInterrupt: () => ({ signal: interrupt.signal, release: () => {} }),
  }
  const notGiven = (name: string) => async () => {
    throw new Error(`${name} is not given in this test`)
  }
  const cli = createCli({
    io,
    version: { version: '0.1.0', protocol: 1 },
    run: notGiven('run'),
    bootstrap: notGiven('bootstrap'),
    join: notGiven('join'),
    ...actions,
  })
  const code = await cli.main(args)
  return { code, out, err }
}
