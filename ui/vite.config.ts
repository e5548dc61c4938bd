import { gzipSync } from 'node:zlib'
import preact from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'
import { FIRST_SCREEN_BYTES, weigh, weightLines } from './budget.ts'

const root = new URL('.', import.meta.url).pathname

/** Where `npm run ui:dev` finds an agent; the one in memory by default. */
const AGENT = process.env.SKEIN_UI_AGENT ?? 'http://127.0.0.1:8011'

/** Tells what the scripts weigh, and fails the build where the first screen weighs too much. */
const budget = (): Plugin => ({
  name: 'skein-budget',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
    const weights = weigh(chunks)
    console.log(weightLines(weights).join('\n'))
    if (weights.first > FIRST_SCREEN_BYTES)
      this.error(
        `the first screen needs ${weights.first} bytes of script, and ${FIRST_SCREEN_BYTES} are allowed: load something later`,
      )
  },
})

const PACKED = /\.(?:js|css|svg)$/
/** Less is sent as it is: gzip's own header would eat the gain. */
const PACK_FROM_BYTES = 1024

/** Each file once more as `.gz`, so that no host packs the same bytes for every reader. */
const packed = (): Plugin => ({
  name: 'skein-packed',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const source = file.type === 'chunk' ? file.code : file.source
        if (!PACKED.test(file.fileName) || source.length < PACK_FROM_BYTES) continue
        this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gzipSync(source, { level: 9 }) })
      }
    },
  },
})

export default defineConfig({
  root,
  // Put in by the host that serves the page, anew for each one: see node/api/static.ts.
  html: { cspNonce: '__NONCE__' },
  plugins: [preact(), budget(), packed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A data: URL in a style sheet is one more thing a policy has to allow.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  server: {
    port: 8012,
    proxy: Object.fromEntries(
      ['/v1', '/auth', '/healthz', '/readyz', '/metrics', '/api', '/openapi.json'].map((path) => [
        path,
        { target: AGENT, ws: true, secure: false, changeOrigin: false },
      ]),
    ),
  },
})
