import { MeshError } from '#core/model/errors.ts'
import { checkPassword, hashPassword } from '#identity/password.ts'
import { createLimit } from '#platform/limit.ts'

/** Each takes 19 MiB and a core for some 40 ms; labs need both more. */
const AT_ONCE = 2
const MAX_WAITING = 50

/** Hashes and checks passwords, a few at once; many at once are told to come again. */
export class Passwords {
  readonly #limit = createLimit(AT_ONCE)
  #waiting = 0
  /** What names that nobody has are checked against, so that they take as long as others. */
  #decoy: Promise<string> | undefined

  hash(password: string): Promise<string> {
    return this.#run(() => hashPassword(password))
  }

  /** Whether it is this one; of a user that is not there (undefined) never, after the same time. Rejects with BUSY. */
  async isRight(phc: string | undefined, password: string): Promise<boolean> {
    this.#decoy ??= hashPassword('the password of nobody')
    const against = phc ?? (await this.#decoy)
    return (await this.#run(() => checkPassword(against, password))) && phc !== undefined
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new MeshError('BUSY', `${MAX_WAITING} logins wait on this host already`)
    this.#waiting += 1
    try {
      return await this.#limit.run(work)
    } finally {
      this.#waiting -= 1
    }
  }
}
