/** An invariant that was broken; the message says which and by whom. */
export class Violation extends Error {
  override readonly name = 'Violation'
}
