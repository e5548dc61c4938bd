/** A terminal in a lab node, wherever that runs. */
export interface ConsoleAsk {
  readonly lab: string
  readonly node: string
  readonly cols: number
  readonly rows: number
  /** One that was begun before; a new one unless told. */
  readonly session?: string | undefined
  /** How many of its bytes the viewer has already; without, it gets all that is kept. */
  readonly after?: number | undefined
  /** Looks on only: what it types is left out, and its size does not count. */
  readonly view?: boolean | undefined
  /** Tells how much of what was typed the node has taken, for who sends more than a person types. */
  readonly counts?: boolean | undefined
  /** Who asks, for the events. */
  readonly who: string
}

/** From the viewer. `ack`: so many bytes arrived of those this viewer was given, from the offset it was opened with on. */
export type ConsoleInput =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'resize'; readonly cols: number; readonly rows: number }
  | { readonly type: 'ack'; readonly bytes: number }

/**
 * To the viewer. `opened` comes first: the bytes that follow begin at `offset` of all the session has printed; where that is more than
 * `after`, what lies between is lost. `exit` comes last.
 */
export type ConsoleOutput =
  | {
      readonly type: 'opened'
      readonly session: string
      readonly host: string
      readonly node: string
      readonly offset: number
    }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'size'; readonly cols: number; readonly rows: number }
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'exit'; readonly code: number }
