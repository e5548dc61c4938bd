import type { Command } from '#platform/exec.ts'
import type { CommandText } from '../port.ts'

/** A command as data for people; `shown` puts words in place of what is not known yet. What is secret says only which program. */
export function commandText(command: Command, shown: (text: string) => string): CommandText {
  if ('socket' in command) {
    const { method, path, body, socket } = command
    const request = `${method} ${shown(path)} on ${socket}`
    return body === undefined ? { request } : { request, body: shown(JSON.stringify(body)) }
  }
  const { file, args, stdin, secret } = command
  if (secret === true) return { argv: [file, '<secret>'] }
  const argv = [file, ...args.map(shown)]
  return stdin === undefined ? { argv } : { argv, stdin: shown(stdin) }
}
