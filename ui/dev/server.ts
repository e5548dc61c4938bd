import { setInterval as every } from 'node:timers'
import { createApi } from '#api/index.ts'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { fillMesh, happenings } from './sample-mesh.ts'
import { fillTests } from './sample-tests.ts'

/** `npm run ui:dev`: the API over an agent in memory that holds a small mesh. Sign in as `admin` with the password `admin`. */
const PORT = Number(process.env.PORT ?? 8011)

const agent = createFakeAgent()
fillMesh(agent)
fillTests(agent)
const api = createApi({
  agent,
  socketPath: `/tmp/skein-ui-dev-${PORT}.sock`,
  version: '0.1.0',
  pages: new URL('../dist', import.meta.url).pathname,
  network: { address: '127.0.0.1', port: PORT, onTrouble: console.error },
})
await api.start()
every(() => happenings(agent), 4_000)
console.log(`http://127.0.0.1:${PORT} serves ui/dist; with changes at once: npx vite --config ui/vite.config.ts`)
process.once('SIGINT', () => void api.stop().then(() => process.exit(0)))
