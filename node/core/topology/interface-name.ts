/** IFNAMSIZ is 16 with the closing NUL, linux/if.h. */
const MAX_BYTES = 15
const LEGAL = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** `lo` is there already; `all` and `default` are folders of /proc/sys/net/ipv4/conf. */
const TAKEN = new Set(['lo', 'all', 'default'])

/** Why Linux, or a shell next to it, would trip over this interface name; undefined where it is fine. */
export function interfaceNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (!LEGAL.test(name)) return 'may hold only letters, digits, `.`, `_` and `-`, and starts with a letter or digit'
  if (name.length > MAX_BYTES) return `has ${name.length} characters; Linux allows ${MAX_BYTES}`
  return TAKEN.has(name) ? 'is a name Linux uses itself' : undefined
}
