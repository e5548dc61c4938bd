import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Testbed } from './testbed.ts'

/** Debian's package; playwright brings none here. */
const CHROMIUM = '/usr/bin/chromium'
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

/** A person's browser on a host of the testbed, which notes what must not happen. */
export interface TestBrowser {
  readonly page: Page
  /** What a policy forbade, what broke in a page, and every request that left for another host than the page's own. */
  readonly faults: readonly string[]
  /** What axe finds wrong with the page as it is, one line each. */
  axe(): Promise<readonly string[]>
  /** Keeps a picture of the page in the folder of pictures, `SKEIN_PICTURES`; none where that is not set. */
  picture(name: string): Promise<void>
  /** Light or dark, as the reader's system says. */
  scheme(scheme: 'light' | 'dark'): Promise<void>
  close(): Promise<void>
}

/** Opens a browser that sees the network as `host` does; its pages are those of `origin`. */
export async function openBrowser(bed: Pick<Testbed, 'pid'>, host: string, origin: string): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-browser-'))
  const program = join(folder, 'chromium')
  await writeFile(program, `#!/bin/sh\nexec nsenter -t ${await bed.pid(host)} -n -- ${CHROMIUM} "$@"\n`)
  await chmod(program, 0o755)
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] })
  const context = await browser.newContext({
    baseURL: origin,
    // The mesh's own authority is in no browser.
    ignoreHTTPSErrors: true,
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
  })
  const faults = watch(context, new URL(origin).host)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return {
    page,
    faults,
    axe: () => findings(page),
    picture: (name) => keep(page, name),
    scheme: (colorScheme) => page.emulateMedia({ colorScheme }),
    close: () => close(browser, folder),
  }
}

/** What is written to a page's console where a policy forbids something (Content Security Policy Level 3, "Report"). */
const FORBIDDEN = /Content Security Policy|Refused to/

function watch(context: BrowserContext, own: string): readonly string[] {
  const faults: string[] = []
  context.on('console', (message) => {
    if (FORBIDDEN.test(message.text())) faults.push(`policy: ${message.text()}`)
  })
  context.on('weberror', (error) => faults.push(`page: ${error.error().stack ?? error.error().message}`))
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== own) faults.push(`left the host: ${request.url()}`)
  })
  return faults
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[]
}

async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(`${axe.source}; 0`)
  const ask = `axe.run(document, { runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations)`
  const violations = await page.evaluate<readonly Violation[]>(ask)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} ${failureSummary.split('\n')[1] ?? ''}`),
  )
}

async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.SKEIN_PICTURES
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

async function close(browser: Browser, folder: string): Promise<void> {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
}
