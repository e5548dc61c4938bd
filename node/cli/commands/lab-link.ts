import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Read, readDelayMs, readFlap, readPercent, readRateBps } from '#core/impairment/units.ts'
import type { Client } from '../client.ts'
import { type Context, clientOf, durationOption, examples, show } from '../context.ts'
import { badUsage, CommandFailed } from '../failures.ts'
import type { ImpairedLinkShape, LinkShape } from '../lab-shapes.ts'
import { endPath, type LinkEndArgument, linkEndArgument } from '../link-end.ts'
import { poll } from '../poll.ts'
import { labArgument } from './lab-read.ts'

/** `lab link`: look at links, make them worse on purpose, and whole again. */
export function addLabLink(lab: Command, context: Context): void {
  const link = lab.command('link').description('links one by one: what is done with their frames, and changing it')
  addShow(link, context)
  addSet(link, context)
}

function addShow(link: Command, context: Context): void {
  link
    .command('show')
    .description('show the ends of links and what is done, on purpose, with what each sends')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('[end]', 'only the link that ends in NODE:INTERFACE', linkEndArgument)
    .addHelpText('after', examples('skein lab link show frr01', 'skein lab link show frr01 router1:eth1 --json'))
    .action(async (name: string, end: LinkEndArgument | undefined, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const all = await client.get<readonly LinkShape[]>(`/v1/labs/${name}/links`)
      const value = end === undefined ? all : all.filter((one) => hasEnd(one, end))
      if (end !== undefined && value.length === 0) throw noEnd(name, end)
      await show(context, command, {
        value,
        text: async (links) => (await import('../text-links.ts')).linkEndsText(links),
      })
    })
}

const hasEnd = ({ endpoints }: LinkShape, end: LinkEndArgument): boolean =>
  endpoints.some(({ node, interface: name }) => node === end.node && name === end.interface)

const noEnd = (lab: string, { node, interface: name }: LinkEndArgument): CommandFailed =>
  new CommandFailed(
    {
      error: 'NOT_FOUND',
      message: `no link of lab ${lab} ends in ${node}:${name}`,
      hint: `List them with \`skein lab links ${lab}\`.`,
      details: {},
    },
    1,
  )

interface SetOptions {
  readonly delay?: number | typeof NONE
  readonly jitter?: number | typeof NONE
  readonly loss?: number | typeof NONE
  readonly corrupt?: number | typeof NONE
  readonly rate?: number | typeof NONE
  readonly flap?: { readonly downMs: number; readonly upMs: number } | typeof NONE
  readonly down?: true
  readonly up?: true
  readonly clear?: true
  readonly oneEnd?: true
  readonly detach?: true
  readonly timeout: number
}

/** Commander knows no null. */
const NONE = 'none'

/** For commander: a value with a unit, or `0` or `none` to take it away. */
const value =
  <T>(read: (text: string) => Read<T>) =>
  (text: string): T | typeof NONE => {
    if (/^(0|0%|none)$/.test(text)) return NONE
    const found = read(text)
    if ('problem' in found) throw new InvalidArgumentError(`It ${found.problem}.`)
    return found.value
  }

const option = <T>(flags: string, description: string, read: (text: string) => Read<T>): Option =>
  new Option(flags, description).argParser(value(read))

function addSet(link: Command, context: Context): void {
  link
    .command('set')
    .description(
      'make a running link worse on purpose, take it down, or make it whole again; both ends, on whichever hosts',
    )
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<end>', 'one end of the link: NODE:INTERFACE', linkEndArgument)
    .addOption(option('--delay <time>', 'one way, as in 10ms; 0 takes it away', readDelayMs))
    .addOption(option('--jitter <time>', 'around the delay, as in 2ms', readDelayMs))
    .addOption(option('--loss <share>', 'of frames, as in 1%', readPercent))
    .addOption(option('--corrupt <share>', 'of frames, one bit of each, as in 0.1%', readPercent))
    .addOption(option('--rate <rate>', 'as in 10mbit', readRateBps))
    .addOption(
      option('--flap <down/up>', 'how long it is down and how long up, again and again, as in 5s/10s', readFlap),
    )
    .option('--down', 'no carrier at both ends')
    .option('--up', 'neither down nor flapping any more')
    .option('--clear', 'take away everything that was set before')
    .option('--one-end', 'only what this end sends; down and flap are of the whole cable')
    .addOption(durationOption('--timeout <duration>', 'how long to wait until it is so', '30s'))
    .option('--detach', 'do not wait')
    .addHelpText(
      'after',
      examples(
        'skein lab link set frr01 router1:eth1 --delay 10ms --jitter 2ms --loss 1%',
        'skein lab link set frr01 router1:eth1 --rate 10mbit --one-end',
        'skein lab link set frr01 router1:eth1 --down',
        'skein lab link set frr01 router1:eth1 --flap 5s/10s',
        'skein lab link set frr01 router1:eth1 --clear',
      ),
    )
    .action((name: string, end: LinkEndArgument, options: SetOptions, command: Command) =>
      setLink(context, command, { lab: name, end, options }),
    )
}

interface Wish {
  readonly lab: string
  readonly end: LinkEndArgument
  readonly options: SetOptions
}

async function setLink(context: Context, command: Command, { lab, end, options }: Wish): Promise<void> {
  const body = bodyOf(options)
  if (Object.keys(body).filter((key) => key !== 'oneEnd').length === 0)
    throw badUsage('nothing is asked for', 'Name a delay, a rate or the like, --down, --up or --clear.')
  if (options.down && options.up) throw badUsage('--down and --up together make no sense', 'Leave one of them out.')
  const client = await clientOf(command, context.io)
  const made = await client.post<ImpairedLinkShape>(`${endPath(lab, end)}/impairment`, body)
  if (options.detach === true) {
    const text = () => `${made.link} of lab ${lab} is to change, generation ${made.generation}\n`
    return show(context, command, { value: made, text })
  }
  const value = await settled(context, client, { made, timeoutMs: options.timeout })
  await show(context, command, {
    value,
    text: async (one) => (await import('../text-links.ts')).linkEndsText([one]),
  })
}

const bodyOf = ({ delay, jitter, loss, corrupt, rate, ...rest }: SetOptions): object => {
  const { flap, down, up, clear, oneEnd } = rest
  const values = { delayMs: delay, jitterMs: jitter, lossPercent: loss, corruptPercent: corrupt, rateBps: rate }
  const all = Object.entries({ ...values, flap, down, up, clear, oneEnd })
  return Object.fromEntries(
    all.filter(([, one]) => one !== undefined).map(([key, one]) => [key, one === NONE ? null : one]),
  )
}

/** The link once it is as asked for; what is wrong with it counts only when the time is over. */
async function settled(
  { io }: Context,
  client: Client,
  { made, timeoutMs }: { readonly made: ImpairedLinkShape; readonly timeoutMs: number },
): Promise<LinkShape> {
  const untilMs = io.nowMs() + timeoutMs
  let last: LinkShape | undefined
  await poll({
    io,
    client,
    lab: made.lab,
    interrupted: `It goes on by itself. Look with \`skein lab link show ${made.lab}\`.`,
    look: (seen, nowMs) => {
      if (seen.type === 'gone') return late(made, 'its lab was taken down meanwhile')
      const isOurs = seen.type === 'lab' && seen.view.generation >= made.generation
      if (isOurs) last = seen.view.links.find(({ id }) => id === made.link)
      if (isOurs && (last?.state === 'up' || last?.state === 'down') && last.doing === undefined) return 'done'
      return nowMs < untilMs ? undefined : late(made, reasonOf(last))
    },
  })
  if (last === undefined) throw late(made, 'it is not there')
  return last
}

/** What is wrong with it, and what is being done about that. */
const reasonOf = (link: LinkShape | undefined): string =>
  [link?.error, link?.doing].filter((text) => text !== undefined).join('; ') || 'its hosts did not say so in time'

const late = ({ lab, link }: ImpairedLinkShape, why: string): CommandFailed =>
  new CommandFailed(
    {
      error: 'TIMEOUT',
      message: `${link} of lab ${lab} is not as asked for: ${why}`,
      hint: `It goes on by itself. Look with \`skein lab links ${lab}\`.`,
      details: {},
    },
    1,
  )
