import { Proposals } from '#agent/consensus/proposals.ts'
import { noQuorum } from '#agent/consensus/quorum.ts'
import { type BenchHost, EngineBench } from './engine-bench.ts'
import { pass, virtualClock } from './virtual-time.ts'

/** A host that leads its mesh of one voter, with proposals that go into its real log. Needs virtual time. */
export const leadingBench = async (hosts: readonly [BenchHost, ...BenchHost[]]) => {
  const bench = new EngineBench({ hosts })
  const proposals = new Proposals({
    self: bench.self.id,
    clock: virtualClock,
    leader: () => bench.engine.leader.host,
    noQuorum: () => noQuorum(bench.engine),
    refusal: (command) => bench.engine.refusal(command),
    propose: (commands) => bench.do({ type: 'propose', commands }),
    forward: () => undefined,
  })
  bench.onEffect = (effect) => {
    if (effect.type === 'outcome') proposals.settle(effect.requestId, effect.result)
  }
  await ticks(bench, 3_000)
  return { bench, proposals }
}

/** Lets `ms` pass with a tick every 100 ms. */
export const ticks = async (bench: EngineBench, ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 100) {
    bench.do({ type: 'tick' })
    await pass(100)
  }
}
