import type { SkeinHosts } from '#testing/skein-hosts.ts'
import { median, option, withMesh } from './support.ts'

/**
 * What is measured, and what measuring takes, against iperf3 started by hand between the same hosts in the same run.
 *   node scripts/bench/iperf.ts [--hosts 4] [--time 3] [--rounds 3]
 * By hand: a server and a client through WireGuard, one pair after the other, as a script over all pairs would. Hosts of one machine share its processors.
 */
const hosts = option('hosts', 4)
const timeS = option('time', 3)
const rounds = option('rounds', 3)
const PORT = 5201

interface Took {
  readonly ms: number
  /** Median of what was received. */
  readonly mbps: number
}

const took = async (work: () => Promise<readonly number[]>): Promise<Took> => {
  const beganMs = performance.now()
  const rates = await work()
  return { ms: performance.now() - beganMs, mbps: median(rates) / 1e6 }
}

const overlayOf = async ({ bed }: SkeinHosts, host: string): Promise<string> => {
  const { stdout } = await bed.run(host, ['ip', '-j', '-4', 'addr', 'show', 'skw0'])
  const [link] = JSON.parse(stdout) as readonly { readonly addr_info: readonly { readonly local: string }[] }[]
  return link?.addr_info[0]?.local ?? ''
}

const byHand = async (mesh: SkeinHosts, pairs: readonly (readonly [string, string])[]): Promise<readonly number[]> => {
  const { bed } = mesh
  const rates: number[] = []
  for (const [from, to] of pairs) {
    const address = await overlayOf(mesh, to)
    await bed.run(to, ['iperf3', '-s', '-1', '-D', '-p', String(PORT)])
    const argv = ['iperf3', '-J', '-c', address, '-p', String(PORT), '-t', String(timeS)]
    const { stdout } = await bed.run(from, argv, { timeoutMs: 60_000 })
    rates.push(JSON.parse(stdout).end.sum_received.bits_per_second)
  }
  return rates
}

const bySkein = async ({ json, bed }: SkeinHosts, ...what: readonly string[]): Promise<readonly number[]> => {
  const told = ['iperf', ...what, '--time', String(timeS), '--yes']
  const { all } = await json<{ all: readonly { result?: { receivedBps: number } }[] }>(bed.hosts[0] ?? '', ...told)
  return all.map(({ result }) => result?.receivedBps ?? 0)
}

await withMesh(hosts, async (mesh) => {
  const [a = '', b = ''] = mesh.bed.hosts
  const every = mesh.bed.hosts.flatMap((from) =>
    mesh.bed.hosts.flatMap((to): readonly (readonly [string, string])[] => (from === to ? [] : [[from, to]])),
  )
  const shapes = [
    { what: 'one pair', pairs: [[a, b] as const], words: ['run', a, b] },
    { what: `mesh of ${hosts}`, pairs: every, words: ['mesh'] },
  ]
  await bySkein(mesh, 'run', a, b)
  const rows = []
  for (const { what, pairs, words } of shapes) {
    const runs: { readonly hand: Took; readonly skein: Took }[] = []
    for (let round = 0; round < rounds; round++)
      runs.push({ hand: await took(() => byHand(mesh, pairs)), skein: await took(() => bySkein(mesh, ...words)) })
    const of = (who: 'hand' | 'skein', field: keyof Took) => median(runs.map((run) => run[who][field]))
    rows.push({
      what,
      tests: pairs.length,
      'by hand s': (of('hand', 'ms') / 1_000).toFixed(1),
      'skein s': (of('skein', 'ms') / 1_000).toFixed(1),
      'time ratio': (of('skein', 'ms') / of('hand', 'ms')).toFixed(2),
      'by hand Mbit/s': of('hand', 'mbps').toFixed(0),
      'skein Mbit/s': of('skein', 'mbps').toFixed(0),
      'rate ratio': (of('skein', 'mbps') / of('hand', 'mbps')).toFixed(2),
    })
  }
  console.table(rows)
})
