import type { Client } from './client.ts'
import type { ExerciseShape, TestReservationRow } from './iperf-shapes.ts'
import { plain } from './output.ts'

/** Who keeps tests waiting that could begin, a line each; nothing is asked where something goes on or nothing waits. */
export async function waits(client: Client, exercise: ExerciseShape): Promise<readonly string[]> {
  if (exercise.state !== 'running' || exercise.states.running + exercise.states.accepted > 0) return []
  return waitsOf(exercise, await client.get<readonly TestReservationRow[]>('/v1/ports/reservations'))
}

/** The same of what tests hold now. What waits for a test of its own exercise waits for its round. */
export function waitsOf(exercise: ExerciseShape, held: readonly TestReservationRow[]): readonly string[] {
  const own = new Set(exercise.all.map(({ id }) => `test/${id}`))
  const others = held.filter(({ type, owner }) => type === 'nic' && !own.has(owner))
  return exercise.all.flatMap(({ source, destination, state, round, params, client, server }) => {
    if (state !== 'pending' || round > exercise.round || params.class === 'background') return []
    const names = [client.host, server.host, source, destination]
    const nic = others.find(({ of }) => names.includes(of))
    const text = `${source} → ${destination} waits: ${nic?.owner.replace('/', ' ')} uses the NIC of ${nic?.of}\n`
    return nic === undefined ? [] : [plain(text)]
  })
}
