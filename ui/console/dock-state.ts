import { signal } from '@preact/signals'

/** One terminal in the dock. */
export interface Docked {
  readonly id: number
  readonly lab: string
  readonly node: string
}

export const docked = signal<readonly Docked[]>([])
/** Which of them is in front. */
export const front = signal<number | null>(null)

let last = 0

/** Opens a terminal in the dock, or brings the one of that node to the front. */
export function openConsole(lab: string, node: string): void {
  const there = docked.value.find((one) => one.lab === lab && one.node === node)
  if (there !== undefined) {
    front.value = there.id
    return
  }
  last += 1
  docked.value = [...docked.value, { id: last, lab, node }]
  front.value = last
}

/** Lets one go; its neighbour comes to the front. */
export function closeConsole(id: number): void {
  const at = docked.value.findIndex((one) => one.id === id)
  docked.value = docked.value.filter((one) => one.id !== id)
  if (front.value === id) front.value = (docked.value[at] ?? docked.value.at(-1))?.id ?? null
}
