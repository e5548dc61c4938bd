import type { AttachedOutcome, AttachedPort, AttachedProof, AttachedView, ClaimedTask, TaskView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { isTerminal, type TaskState } from '#core/model/iperf.ts'

/** Attached machines in memory. */
export interface FakeAttached extends AttachedPort {
  /** What machines have to do, by name; the first that is not started is claimed. */
  readonly queues: Map<string, ClaimedTask[]>
  /** What was told of tasks. */
  readonly told: { readonly task: number; readonly outcome: AttachedOutcome }[]
  /** The next proof is met with `error`; `undefined` mends it. */
  fail(error: unknown): void
}

const AT_MS = Date.UTC(2026, 10, 19, 12)

const SAMPLES: readonly AttachedView[] = [
  {
    id: 901,
    name: 'probe-1',
    state: 'online',
    home: 'a',
    address: '192.0.2.91',
    iperfVersion: '3.12',
    createdAtMs: AT_MS - 86_400_000,
    heardAtMs: AT_MS,
  },
  { id: 902, name: 'probe-2', state: 'created', home: null, createdAtMs: AT_MS - 60_000, heardAtMs: null },
]

/** With `probe-1`, online, and `probe-2`, which never registered; their keys are `key-of-probe-1` and `key-of-probe-2`. */
export function fakeAttached(): FakeAttached {
  const machines = new Map(SAMPLES.map((one) => [one.name, { view: one, key: `key-of-${one.name}` }]))
  const states = new Map<number, TaskState>()
  let [failure, nextId]: [unknown, number] = [undefined, 903]
  const proven = ({ name, key }: AttachedProof): AttachedView => {
    if (failure !== undefined) throw failure
    const found = machines.get(name)
    if (found === undefined) throw new MeshError('NOT_FOUND', `there is no attached machine ${name}`)
    if (found.key !== key) throw new MeshError('ATTACHED_KEY_WRONG', `this is not the key of ${name}`)
    return found.view
  }
  const heard = (proof: AttachedProof, facts: Partial<AttachedView> = {}): AttachedView => {
    const view: AttachedView = { ...proven(proof), ...facts, state: 'online', home: 'a', heardAtMs: AT_MS }
    machines.set(view.name, { view, key: proof.key })
    return view
  }
  const byId = (id: number): AttachedView => {
    for (const { view } of machines.values()) if (view.id === id) return view
    throw new MeshError('NOT_FOUND', `there is no attached machine ${id}`)
  }
  const move = (proof: AttachedProof, id: number, to: TaskState): TaskView => {
    const { name } = proven(proof)
    const task = fake.queues.get(name)?.find((one) => one.id === id)
    if (task === undefined) throw new MeshError('NOT_FOUND', `${name} has no task ${id}`)
    const state = states.get(id) ?? 'pending'
    if (isTerminal(state) || state === 'pending') throw new MeshError('TEST_STATE', `task ${id} is ${state}`, { state })
    states.set(id, to)
    const { exercise, test, role } = task
    return { id, exercise, test, role, state: to, end: name, host: 'a' }
  }
  const fake: FakeAttached = {
    queues: new Map(),
    told: [],
    fail(error) {
      failure = error
    },
    async create({ name, key = `key-of-${name}` }) {
      if (machines.has(name)) throw new MeshError('ATTACHED_EXISTS', `there is an attached machine ${name}`)
      const view: AttachedView = {
        id: nextId++,
        name,
        state: 'created',
        home: null,
        createdAtMs: AT_MS,
        heardAtMs: null,
      }
      machines.set(name, { view, key })
      return { ...view, key }
    },
    list: () => [...machines.values()].map(({ view }) => view),
    get: byId,
    remove: async (id) => void machines.delete(byId(id).name),
    register: async (proof, facts) => heard(proof, facts),
    heartbeat: async (proof) => heard(proof),
    async claim(proof) {
      const queue = fake.queues.get(proven(proof).name) ?? []
      const next = queue.find(({ id }) => ['pending', 'accepted'].includes(states.get(id) ?? 'pending'))
      if (next !== undefined) states.set(next.id, 'accepted')
      return next ?? null
    },
    started: async (proof, task) => move(proof, task, 'running'),
    async result(proof, task, outcome) {
      const view = move(proof, task, outcome.state)
      fake.told.push({ task, outcome })
      return { ...view, ...(outcome.error === undefined ? {} : { error: outcome.error }) }
    },
  }
  return fake
}
