/** One thing a host needs to do its work. */
export interface ReadyCheck {
  readonly name: 'member' | 'store' | 'mesh' | 'tools'
  readonly ok: boolean
  /** Null where it is all right. */
  readonly why: string | null
}
