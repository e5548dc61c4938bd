// A tab without a browser: follows /v1/live and prints, as JSON, what it saw once the lab is as asked for.
// argv: URL (ws+unix:PATH:/v1/live or wss://…), lab, state, seconds at most. SKEIN_TOKEN and SKEIN_CA log in.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { WebSocket } from 'ws'

const [url, lab, wanted, seconds] = process.argv.slice(2)
const { SKEIN_TOKEN: token, SKEIN_CA: ca } = process.env
const socket = new WebSocket(url, {
  ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
})
const seen = { snapshots: 0, patches: 0, gaps: 0, states: [], links: [], problems: [], isSame: null, view: null }
let seq = -1
let isAsked = false

const end = (error) => {
  console.log(JSON.stringify({ ...seen, ...(error === undefined ? {} : { error }) }))
  process.exit(error === undefined ? 0 : 1)
}
setTimeout(() => end('it took too long'), Number(seconds) * 1_000)
socket.on('error', (error) => end(error.message))
socket.on('close', (code) => end(`closed with ${code}`))
socket.on('open', () => socket.send(JSON.stringify({ type: 'watch', lab })))
socket.on('message', (data) => {
  const message = JSON.parse(data)
  if (message.type === 'snapshot') {
    seen.snapshots += 1
    // What patches made of the first snapshot is what the second one says, where nothing came between.
    if (isAsked && message.seq === seq) seen.isSame = isDeepStrictEqual(message.view, seen.view)
    seen.view = message.view
  } else {
    seen.patches += 1
    if (message.seq !== seq + 1) seen.gaps += 1
    for (const op of message.ops) apply(op)
  }
  seq = message.seq
  note(seen.states, seen.view.lab?.state)
  for (const link of seen.view.lab?.links ?? []) note(seen.links, link.state)
  for (const { what } of seen.view.problems) note(seen.problems, what)
  if (seen.isSame !== null) return end()
  if (seen.view.lab?.state !== wanted || (isAsked && message.type === 'patch')) return
  isAsked = true
  socket.send(JSON.stringify({ type: 'resync' }))
})

const note = (list, value) => value !== undefined && !list.includes(value) && list.push(value)

/** One operation of RFC 6902. */
const apply = ({ op, path, value }) => {
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = steps.pop()
  const at = steps.reduce((inside, step) => inside[step], seen.view)
  if (Array.isArray(at) && op !== 'replace') at.splice(Number(last), op === 'remove' ? 1 : 0, ...(op === 'add' ? [value] : []))
  else if (op === 'remove') delete at[last]
  else at[last] = value
}
