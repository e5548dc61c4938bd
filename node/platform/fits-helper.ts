import type { ProcessCommand } from './exec.ts'

/** A helper reads byte by byte: more input than this is quicker given to a process of its own. In characters. */
const MOST_INPUT = 16_384
/** With each word it takes it copies those before: the ports of a large lab, all in one command, take it a second. */
const MOST_WORDS = 100

/** Tools that say what they have to say and end: they wait for nobody, or not for long, and leave nothing running. */
const QUICK: ReadonlySet<string> = new Set([
  'ip',
  'bridge',
  'tc',
  'nft',
  'ethtool',
  'ovs-vsctl',
  'ovs-ofctl',
  'cat',
  'test',
  'sysctl',
  'wg',
])

/** Also in the network namespace of a process, where a text of `sh` may join two of them. */
const isQuick = ({ file, args }: ProcessCommand): boolean => {
  if (file !== 'nsenter') return QUICK.has(file)
  const [t, , n, tool = ''] = args
  return t === '-t' && n === '-n' && (QUICK.has(tool) || tool === 'sh')
}

/** Whether a helper can run it: a quick tool, and each word and line of input is one line. */
export const fitsHelper = (command: ProcessCommand): boolean => isQuick(command) && isPlain(command)

const isPlain = ({ file, args, stdin = '' }: ProcessCommand): boolean =>
  args.length <= MOST_WORDS &&
  stdin.length <= MOST_INPUT &&
  (stdin === '' || stdin.endsWith('\n')) &&
  !stdin.includes('\0') &&
  [file, ...args].every((word) => !word.includes('\n') && !word.includes('\0'))
