/** A process with a mark in its environment. */
export interface Marked {
  readonly pid: number
  /** The whole value. */
  readonly mark: string
}

/** Processes of this machine whose environment has `name` with a value of `owner`: `<owner>/…`. */
export const listMarked = async (_name: string, _owner: string): Promise<readonly Marked[]> => []

/** Kills those of {@link listMarked} that `keep` does not name; resolves with how many there were. */
export const killMarked = async (_name: string, _owner: string, _keep: (mark: string) => boolean): Promise<number> => 0
