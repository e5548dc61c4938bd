import { setTimeout as pause } from 'node:timers/promises'
import type { LabView } from '#core/view/types.ts'
import type { Judge } from './chaos-judge.ts'
import type { ChaosLab, Ping } from './chaos-labs.ts'
import { pingAll } from './chaos-pings.ts'
import type { Testbed } from './testbed.ts'

/** Between the beginnings of two samples, at least. */
const EVERY_MS = 1_500
const ASK_MS = 2_000

/** Every ping of these labs, once. */
export const pingsOf = (labs: readonly ChaosLab[]): readonly Ping[] => {
  const all = labs.flatMap(({ links }) => [...links.values()].flat())
  return [...new Map(all.map((ping) => [ping.id, ping])).values()]
}

/** Shows samples of all hosts to the judge until it is over. */
export const startChaosSampler = async (
  bed: Testbed,
  labs: readonly ChaosLab[],
  judge: Judge,
  isOver: () => boolean,
): Promise<void> => {
  const pings = pingsOf(labs)
  while (!isOver()) {
    const fromMs = performance.now()
    const answers = await pingAll(bed, pings)
    const told = await Promise.all(bed.hosts.map(async (host) => [host, await viewsOf(bed, host, labs)] as const))
    const views = new Map(told.flatMap(([host, one]) => (one === undefined ? [] : [[host, one] as const])))
    judge.see({ fromMs, toMs: performance.now(), pings: answers, views })
    await pause(Math.max(0, EVERY_MS - (performance.now() - fromMs)))
  }
}

/** Labs as one host shows them; undefined where its agent does not answer at once, or does not know one of them yet. */
export const viewsOf = async (
  bed: Testbed,
  host: string,
  labs: readonly Pick<ChaosLab, 'name'>[],
): Promise<readonly LabView[] | undefined> => {
  const ask = async ({ name }: Pick<ChaosLab, 'name'>): Promise<LabView> => {
    const request = { socket: '/run/skein/skein.sock', method: 'GET', path: `/v1/labs/${name}` } as const
    return JSON.parse((await bed.exec(host).run({ ...request, timeoutMs: ASK_MS })).stdout) as LabView
  }
  return Promise.all(labs.map(ask)).catch(() => undefined)
}
