import type { HostId } from './ids.ts'

export type FeedLevel = 'info' | 'warn' | 'error'

/** What the `about` of an event names; undefined where the code has none. */
type About = 'host' | 'lab' | 'link' | 'node' | 'resource' | 'tool' | 'user' | undefined

interface CodeFacts {
  readonly about: About
  /** Who tells it. */
  readonly by:
    | 'every host'
    | 'the leader'
    | 'the host asked'
    | 'the host it is on'
    | 'the host itself'
    | 'one of its hosts'
  readonly meaning: string
}

/** Everything a feed can tell: what each code is about, who tells it, what it means. `docs/events.md` is kept equal by a test. */
export const FEED_CODES = {
  AGENT_STARTED: {
    about: 'host',
    by: 'the host itself',
    meaning: 'the agent runs, and how it had ended before: stopped, or killed',
  },
  HOST_ALIVE: { about: 'host', by: 'every host', meaning: 'heard again, after it was suspected or called down' },
  HOST_SUSPECT: { about: 'host', by: 'every host', meaning: 'silent; others are asked about it' },
  HOST_DOWN: { about: 'host', by: 'every host', meaning: 'called down, with the reason' },
  HOST_ADMITTED: { about: 'host', by: 'the leader', meaning: 'a member of the mesh from now on' },
  HOST_REMOVED: { about: 'host', by: 'the leader', meaning: 'no member any more; its key never comes back' },
  HOST_DRAINED: { about: 'host', by: 'the leader', meaning: 'to be empty: it gets nothing new, and what it has moves' },
  HOST_UNDRAINED: { about: 'host', by: 'the leader', meaning: 'in use again' },
  LEADER: { about: 'host', by: 'the host itself', meaning: 'elected, in this term' },
  LAB_SUBMITTED: { about: 'lab', by: 'the host asked', meaning: 'wanted, or wanted otherwise' },
  LAB_REMOVED: { about: 'lab', by: 'the host asked', meaning: 'wanted no more; every host takes its part down' },
  LAB_ASSIGNED: { about: 'lab', by: 'the leader', meaning: 'hosts and numbers are decided' },
  LAB_REFUSED: { about: 'lab', by: 'the leader', meaning: 'cannot be decided now, with the reason' },
  LAB_CONFLICT: { about: 'lab', by: 'every host', meaning: 'refused: a number it was given is held by another lab' },
  LAB_UP: {
    about: 'lab',
    by: 'the leader',
    meaning: 'every node runs and every link is up, for the first time since it was asked for',
  },
  NODE_BROKEN: { about: 'node', by: 'the host it is on', meaning: 'was running and does not any more' },
  NODE_RUNNING: { about: 'node', by: 'the host it is on', meaning: 'runs again' },
  LINK_BROKEN: {
    about: 'link',
    by: 'the host it is on',
    meaning: 'was right at this end and is not any more, with the first cause',
  },
  LINK_UP: { about: 'link', by: 'the host it is on', meaning: 'right again at this end' },
  LINK_IMPAIRED: {
    about: 'link',
    by: 'the host asked',
    meaning: 'made worse on purpose, taken down, or whole again, while its lab runs',
  },
  CONSOLE_OPENED: {
    about: 'node',
    by: 'the host it is on',
    meaning: 'somebody has a terminal in it, or sees that of another',
  },
  CONSOLE_CLOSED: { about: 'node', by: 'the host it is on', meaning: 'a terminal in it ended, and how' },
  NODE_EXEC: { about: 'node', by: 'the host it is on', meaning: 'a command was run in it by way of another host' },
  IMAGE_FETCHING: { about: 'resource', by: 'the host it is on', meaning: 'an image it lacks comes from another host' },
  IMAGE_FETCHED: {
    about: 'resource',
    by: 'the host it is on',
    meaning: 'an image came from another host and is loaded',
  },
  IMAGE_REFUSED: {
    about: 'resource',
    by: 'the host it is on',
    meaning: 'what another host gave for an image is not what it should be; it is asked no more for some time',
  },
  REPAIRED: { about: 'resource', by: 'the host it is on', meaning: 'made right again, with what was wrong' },
  REPAIR_FAILED: {
    about: 'resource',
    by: 'the host it is on',
    meaning: 'could not be made right; told at the 1st, 2nd, 4th, 8th … try',
  },
  TOOL_SILENT: {
    about: 'tool',
    by: 'the host it is on',
    meaning: 'does not tell or answer; what it would say is unknown',
  },
  TOOL_BACK: { about: 'tool', by: 'the host it is on', meaning: 'tells and answers again' },
  PATH_SWITCHED: {
    about: 'host',
    by: 'the host itself',
    meaning: 'traffic to this host goes by the other network now',
  },
  PATH_DEGRADED: {
    about: 'host',
    by: 'the host itself',
    meaning: 'one of two networks to this host loses packets, or all',
  },
  PATH_GOOD: { about: 'host', by: 'the host itself', meaning: 'that network works again' },
  AUDIT: {
    about: 'user',
    by: 'the host asked',
    meaning: 'somebody changed something through the API: who, what, and how it was answered',
  },
  LOGIN_REFUSED: {
    about: 'user',
    by: 'the host asked',
    meaning: 'wrong passwords, told at the 1st, 2nd, 4th, 8th … try',
  },
  EXERCISE_STARTED: {
    about: undefined,
    by: 'the host asked',
    meaning: 'its tests begin, with how many and how long it takes',
  },
  EXERCISE_ENDED: {
    about: undefined,
    by: 'one of its hosts',
    meaning: 'nothing of it goes on, with what came of its tests',
  },
  TEST_WARN: {
    about: undefined,
    by: 'the host it is on',
    meaning: 'a pair got less than 80 % of its baseline, twice in a row',
  },
  TEST_BAD: {
    about: undefined,
    by: 'the host it is on',
    meaning: 'a pair got less than 60 % of its baseline, twice in a row',
  },
  TEST_RECOVERED: { about: undefined, by: 'the host it is on', meaning: 'a pair gets what it did before again' },
  SCHEDULE_MISSED: {
    about: undefined,
    by: 'the leader',
    meaning: 'an exercise was due and did not begin, with the reason',
  },
  ATTACHED_ONLINE: {
    about: undefined,
    by: 'the host it is on',
    meaning: 'an attached machine asks for its tasks',
  },
  ATTACHED_OFFLINE: {
    about: undefined,
    by: 'the host it is on',
    meaning: 'an attached machine was not heard for some time',
  },
  MORE: { about: undefined, by: 'every host', meaning: 'so much happened that this many events were only counted' },
} as const satisfies Record<string, CodeFacts>

export type FeedCode = keyof typeof FEED_CODES

/** What is told; who, when and in which order is added by the feed. */
export interface FeedTold {
  readonly level: FeedLevel
  readonly code: FeedCode
  readonly lab?: string
  /** Link id, node, host name, resource id or name of a tool, by the code. */
  readonly about?: string
  /** One line, for people. */
  readonly message: string
}

/** Where an event stands in its host's order: start of the agent, number since then, from 1. */
export type FeedPosition = readonly [boot: number, seq: number]

/** One event as every host knows it. A later version may tell codes this one does not know. */
export interface FeedEvent extends Omit<FeedTold, 'code'> {
  readonly host: HostId
  readonly boot: number
  readonly seq: number
  /** Wall clock of that host; for people only. */
  readonly atMs: number
  readonly code: string
}

/** Longest texts of an event, in UTF-16 code units. */
export const FEED_TEXT = { code: 40, lab: 63, about: 300, message: 400 } as const

/** The position of an event. */
export const positionOf = ({ boot, seq }: Pick<FeedEvent, 'boot' | 'seq'>): FeedPosition => [boot, seq]

/** Orders positions of one host; positive where `a` is later. */
export const comparePositions = (a: FeedPosition, b: FeedPosition): number => a[0] - b[0] || a[1] - b[1]
