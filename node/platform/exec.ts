/** A process, as argv: never a shell line. */
export interface ProcessCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly stdin?: string
  /** Exit codes that are not a failure; [0] unless told. */
  readonly okCodes?: readonly number[]
  /** 30 s unless told. */
  readonly timeoutMs?: number
  /** Never logged with its arguments and output. */
  readonly secret?: boolean
  /** What its failure means to a person, in place of what it printed. */
  readonly otherwise?: string
}

/** A request to a daemon on a unix socket: data as well. */
export interface SocketCommand {
  readonly socket: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With query. */
  readonly path: string
  readonly body?: unknown
  /** Files of this host sent in place of `body`: one as it is, several as the parts of a form. */
  readonly files?: readonly { readonly part: string; readonly path: string }[]
  /** Bytes, and files of this host or a part of one, sent one after the other in place of `body`. */
  readonly pieces?: readonly (Uint8Array | FilePiece)[]
  /** Sent as it is in place of `body`. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The answer names work that goes on, as LXD's do: its end is the result. */
  readonly awaitsEnd?: true
  /** Only to be followed: each message of a WebSocket is a line. */
  readonly isWebSocket?: true
  /** Statuses that are not a failure; 200–299 unless told. */
  readonly okStatus?: readonly number[]
  readonly timeoutMs?: number
}

/** A file from `startBytes` (its beginning unless told) to before `endBytes` (its end). */
export interface FilePiece {
  readonly path: string
  readonly startBytes?: number
  readonly endBytes?: number
}

export type Command = ProcessCommand | SocketCommand

export interface Result {
  /** Exit code, or HTTP status. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The one door to processes and daemons. */
export interface Exec {
  /** Rejects with `MeshError` TOOL_MISSING, TOOL_FAILED or TIMEOUT, the message says what was run and what it said. */
  run(command: Command, signal?: AbortSignal): Promise<Result>
}

/**
 * Hands on what a command says, line by line without its end, for as long as it runs: what a process prints (ovs-ofctl(8)
 * tells of flows on standard error), the body of an answer. Resolves once `signal` stopped it. Rejects with `MeshError` TOOL_MISSING or TOOL_FAILED when it ends by itself.
 */
export type Follow = (command: Command, onLine: (line: string) => void, signal: AbortSignal) => Promise<void>

/**
 * What a command prints on standard output, or the body of an answer, as bytes and no faster than they are taken. Whoever stops reading, or
 * `signal`, ends it. Throws `MeshError` TOOL_MISSING or TOOL_FAILED, with what it said on standard error.
 */
export type Bytes = (command: Command, signal: AbortSignal) => AsyncIterable<Uint8Array>
