import type { TestParams } from '#core/model/iperf.ts'

/** Of iperf3, as numbers: [3, 12]. */
export type IperfVersion = readonly [major: number, minor: number]

/** From what `iperf3 --version` prints; undefined where that is something else. */
export const parseVersion = (text: string): IperfVersion | undefined => {
  const found = /^iperf (\d+)\.(\d+)/m.exec(text)
  return found === null ? undefined : [Number(found[1]), Number(found[2])]
}

export const showVersion = ([major, minor]: IperfVersion): string => `${major}.${minor}`

/** First versions with what is not in all of them (release notes of iperf3). */
const SINCE = {
  /** `--bidir`. */
  bidir: [3, 7],
  /** `--rcv-timeout`. */
  receiveTimeout: [3, 10],
  /** A thread for each stream. */
  threads: [3, 16],
} as const satisfies Record<string, IperfVersion>

export const has = (version: IperfVersion, feature: keyof typeof SINCE): boolean => {
  const [major, minor] = SINCE[feature]
  return version[0] > major || (version[0] === major && version[1] >= minor)
}

/** Why this iperf3 cannot measure so; undefined where it can. */
export const missingFor = (version: IperfVersion, params: TestParams): string | undefined =>
  params.isBidir && !has(version, 'bidir')
    ? `iperf3 ${showVersion(version)} of this host cannot send both ways at once; ${showVersion(SINCE.bidir)} and newer can`
    : undefined
