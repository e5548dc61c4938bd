import { ageText } from './duration.ts'
import { table } from './output.ts'
import type { PeerPaths } from './shapes.ts'

/** One line for each path to each host; what is in use is marked. */
export const pathsText = (peers: readonly PeerPaths[]): string =>
  table(
    ['host', 'path', 'address', 'used', 'state', 'rtt', 'loss', 'tunnel'],
    peers.flatMap(({ name, paths, inUse, endpoint, handshakeAgeMs }) => [
      ...paths.map(({ path, address, condition, rttMs, loss }) => [
        name,
        path,
        address,
        path === inUse ? 'yes' : '-',
        condition,
        rttMs === null ? '-' : `${rttMs.toFixed(1)} ms`,
        loss === null ? '-' : `${Math.round(loss * 100)} %`,
        path === inUse ? tunnelText(handshakeAgeMs) : '-',
      ]),
      ...(inUse === 'elsewhere'
        ? [[name, 'elsewhere', endpoint, 'yes', '-', '-', '-', tunnelText(handshakeAgeMs)]]
        : []),
    ]),
  )

const tunnelText = (ageMs: number | null): string => (ageMs === null ? 'never' : `${ageText(ageMs)} ago`)
