import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseBps } from '#core/iperf/rate-text.ts'
import { countArgument } from '../context.ts'
import { parseDurationMs } from '../duration.ts'

/** Options of all commands that say how it is measured. */
export const withMeasureOptions = (command: Command): Command =>
  command
    .option('--udp', 'UDP, at 1 Mbit/s unless --bitrate says more')
    .addOption(new Option('--bitrate <rate>', 'what each sender aims at, as 100M').argParser(rateArgument))
    .option('--parallel <count>', 'streams at once', atMost(128))
    .option('--bidir', 'both ends send at once')
    .option('--reverse', 'the destination sends')
    .addOption(new Option('--time <seconds>', 'how long one sample takes (10)').argParser(secondsArgument))
    .option('--samples <count>', 'measure so often and take the median', atMost(20))
    .option('--underlay', 'between the addresses hosts reach each other by, beside WireGuard')
    .option('--ping', 'round trips alone, no iperf3')
    .option('--background', 'may overlap with other tests: with --ping, or --udp at up to 1M')

/** Options of commands that measure each end with each other one. */
export const withEndsOptions = (command: Command): Command =>
  command
    .option('--hosts <names>', 'these hosts and attached machines, with commas; all hosts without', namesArgument)
    .option('--lab <name>', 'nodes of this lab')
    .option(
      '--nodes <names>',
      'these nodes of the lab, with commas, NODE or NODE:INTERFACE; all without',
      namesArgument,
    )
    .option('--links', 'each link of the lab once, not each node with each')

/** Options of commands that begin at once. */
export const withRunOptions = (command: Command): Command =>
  command
    .option('--name <text>', 'what the exercise is called')
    .option('--schedule <cron>', "not now, but again and again: as crontab(5), in UTC, '0 3 * * *'")
    .option('--schedule-name <name>', 'what the schedule is called')
    .option('--expect <rate>', "exit 1 where a pair misses it, as '>500M', and say by how much")
    .option('--no-wait', 'return when it has begun')
    .option('-y, --yes', 'do not ask, however long it takes')

function rateArgument(text: string): number {
  const bps = parseBps(text)
  if (bps === undefined) throw new InvalidArgumentError('Write bits a second, for example 500k, 100M or 1.5G.')
  if (bps < 1_000 || bps > 1e12) throw new InvalidArgumentError('Write 1k to 1T.')
  return bps
}

const atMost =
  (most: number) =>
  (text: string): number => {
    const count = countArgument(text)
    if (count > most) throw new InvalidArgumentError(`Write ${most} at most.`)
    return count
  }

/** Seconds, or a duration of whole ones. */
function secondsArgument(text: string): number {
  const seconds = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : (parseDurationMs(text) ?? 0) / 1000
  if (!Number.isInteger(seconds) || seconds < 1) throw new InvalidArgumentError('Write whole seconds, or 30s, 5m.')
  if (seconds > 3_600)
    throw new InvalidArgumentError('One sample takes an hour at most; --samples measures more often.')
  return seconds
}

function namesArgument(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between them: a,b,c.')
  return names
}

/** For commander: the number of an exercise, a test or a task. */
export function numberArgument(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Write its number.')
  return Number(text)
}
