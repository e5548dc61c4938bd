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
}

/** A request to a daemon on a unix socket: data as well. */
export interface SocketCommand {
  readonly socket: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With query. */
  readonly path: string
  readonly body?: unknown
  /** Statuses that are not a failure; 200–299 unless told. */
  readonly okStatus?: readonly number[]
  readonly timeoutMs?: number
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
