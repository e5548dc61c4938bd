/** What stands where a secret was. */
export const TAKEN_OUT = '[taken out]'

/** Names of fields whose texts are secrets, wherever they are. */
const SECRET_NAME =
  /password|passwd|passphrase|secret|private[-_ ]?key|pre[-_ ]?shared[-_ ]?key|authorization|cookie|verifier|sha256|^(?:api|join|access)?[-_]?token$|(?:admin|first|login)[-_ ]?code/i

/** Secrets that are known by their form, and texts that say themselves what follows. Each is linear in what it reads. */
const SECRET_TEXTS: readonly (readonly [form: RegExp, instead: string])[] = [
  // Tokens to join with, sessions, API tokens.
  [/skein1\.[\w-]+/g, TAKEN_OUT],
  [/sks1\.[\w-]+(?:\.[\w-]+)?/g, TAKEN_OUT],
  [/skt_[\w-]+/g, TAKEN_OUT],
  // Hashes of passwords: argon2 (PHC string format) and those of crypt(5).
  [/\$(?:argon2\w{0,2}|scrypt|2[abxy]|[1567y]|gy)\$[^\s"'\\]+/g, TAKEN_OUT],
  // RFC 7468, with headers of RFC 1421 too; one that is cut off ends with the text.
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, TAKEN_OUT],
  // RFC 6750, RFC 7617; credentials in an address, RFC 3986 §3.2.1.
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${TAKEN_OUT}`],
  [/(:\/\/)[^\s/@:"']{1,256}:[^\s/@"']{1,256}@/g, `$1${TAKEN_OUT}@`],
  [
    /(password|passwd|passphrase|secret|private[-_ ]?key|pre-?shared-?key|token|(?:admin|first|login|one-time)[-_ ]?code)(["']?\s{0,4}[=:]\s{0,4}|\s{1,4}(?=\S{6}))("[^"]*"|'[^']*'|[^\s"',;&]+)/gi,
    `$1$2${TAKEN_OUT}`,
  ],
]

/** A text without the secrets that can be told from others by their form, or by the word before them. */
export const scrubText = (text: string): string =>
  SECRET_TEXTS.reduce((rest, [form, instead]) => rest.replace(form, instead), text)

/** A value as JSON without secrets: those of fields that are named so, and those in its texts. */
export const scrubJson = (value: unknown, indent = 2): string => JSON.stringify(value, scrubField, indent) ?? 'null'

function scrubField(name: string, value: unknown): unknown {
  // How many there are is none.
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (SECRET_NAME.test(name)) return TAKEN_OUT
  return typeof value === 'string' ? scrubText(value) : value
}

/** Lines of JSON, or of anything, without secrets. */
export function scrubLines(text: string): string {
  const done: string[] = []
  let plain: string[] = []
  // Together: a key has several lines.
  const flush = (): void => {
    if (plain.length > 0) done.push(scrubText(plain.join('\n')))
    plain = []
  }
  for (const line of text.split('\n')) {
    const scrubbed = scrubLine(line)
    if (scrubbed === undefined) plain.push(line)
    else {
      flush()
      done.push(scrubbed)
    }
  }
  flush()
  return done.join('\n')
}

/** Undefined where it is no JSON. */
function scrubLine(line: string): string | undefined {
  try {
    return scrubJson(JSON.parse(line), 0)
  } catch {
    return undefined
  }
}
