import type { Ping } from './chaos-labs.ts'
import type { Testbed } from './testbed.ts'

/**
 * Pings once from each container of the list that is on this host, all at the same time, and prints the id of each answered one. The process of a
 * container is read from the engine's own file, which is there while the engine is not. One shell for each container: forks are what this costs.
 */
const SCRIPT = `
sed -sn 's/.*"Pid":\\([0-9]*\\).*"Name":"\\/\\([^"]*\\)".*/\\2 \\1/p' /var/lib/docker/containers/*/config.v2.json 2>/dev/null >/run/chaos-pids.$$
awk 'NR == FNR { pid[$1] = $2; next } pid[$2] > 0 { list[$2] = list[$2] " " $1 " " $3 } END { for (c in list) print pid[c] list[c] }' /run/chaos-pids.$$ - | {
  while read -r pid list; do nsenter -t "$pid" -n sh -c "$EACH" sh $list & done
  wait
}
rm -f /run/chaos-pids.$$`
const EACH = 'while [ $# -gt 0 ]; do { ping -n -q -c 1 -W 1 "$2" >/dev/null && echo "$1"; } & shift 2; done; wait'

/** Ids of the pings that begin on this host and were answered within a second. None of a host that is off. */
const answeredFrom = async (bed: Testbed, host: string, pings: readonly Ping[]): Promise<readonly string[]> => {
  const stdin = pings.map(({ id, container, address }) => `${id} ${container} ${address}\n`).join('')
  const run = bed.run(host, ['env', `EACH=${EACH}`, 'sh', '-c', SCRIPT], { stdin, timeoutMs: 30_000 })
  const { stdout } = await run.catch(() => ({ stdout: '' }))
  return stdout.split('\n')
}

/** Whether each ping is answered; false where no host has its container. */
export const pingAll = async (bed: Testbed, pings: readonly Ping[]): Promise<ReadonlyMap<string, boolean>> => {
  const answered = new Set((await Promise.all(bed.hosts.map((host) => answeredFrom(bed, host, pings)))).flat())
  return new Map(pings.map(({ id }) => [id, answered.has(id)]))
}
