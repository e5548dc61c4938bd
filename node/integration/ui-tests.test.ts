import { readFile } from 'node:fs/promises'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '#testing/browser.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { PASSWORD, uiSteps } from './ui-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'iperf3', 'chromium']
/** Longer than any exercise here takes. */
const OVER_MS = 180_000
const RATE = /^\d[\d.]* [kMGT]?bit\/s/

describeReal('tests in a browser', TOOLS, () => {
  const bed = testbed({ prefix: 'ut', hosts: 3, net: '10.97' })
  const hosts = skeinHosts(bed)
  const [one = '', two = '', three = ''] = bed.hosts
  let browser: TestBrowser
  const { page, button, row, look, logIn } = uiSteps(() => browser)
  const heading = (name: string): Locator => page().getByRole('heading', { name, exact: true })
  /** Of the matrix of results, by what it says to who does not see it. */
  const cell = (from: string, to: string): Locator =>
    page().getByRole('link', { name: new RegExp(`^${from} to ${to}: `) })
  const ended = (word: string | RegExp): Promise<void> =>
    page().locator('.head .badge', { hasText: word }).first().waitFor({ timeout: OVER_MS })
  const begin = async (name: string, seconds: number): Promise<void> => {
    await page().getByLabel('Time of a sample').fill(String(seconds))
    await page().getByLabel('Name (may be empty)').fill(name)
    await button('Start').click()
    await heading(name).waitFor()
  }
  const number = (): number => Number(new URL(page().url()).pathname.split('/').at(-1))

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.makeMesh()
    await hosts.json(one, 'user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD)
    await hosts.json(one, 'user', 'set', 'vera', '--role', 'viewer', '--password', PASSWORD)
    browser = await openBrowser(bed, one, `https://${bed.address(one)}:8010`)
    await page().goto('/tests')
    await logIn()
  })
  afterAll(async () => {
    await browser?.close()
    await bed.down()
  })
  afterEach(() => expect(browser.faults).toEqual([]))

  let first = 0
  test('pairs are chosen in a matrix, from the keyboard too, and what it will be is told before', async () => {
    await page().goto('/tests')
    await page().getByText('Nothing was measured yet.').waitFor()
    await look('tests-empty')
    await button('New test').click()
    await page().getByText('6 tests').waitFor()
    await button('All pairs').focus()
    for (const key of ['ArrowDown', 'Space']) await page().keyboard.press(key)
    await page().getByText('4 tests').waitFor()
    for (const key of ['ArrowRight', 'ArrowRight', 'Space']) await page().keyboard.press(key)
    await page().getByText('5 tests').waitFor()
    await look('tests-new')
    await button('All pairs').click()
    await page().getByText('6 tests').waitFor()
  })

  test('a mesh is measured in rounds, and each pair has a rate', async () => {
    await begin('first', 2)
    first = number()
    await page()
      .getByText(/^Round \d+ of \d+/)
      .first()
      .waitFor()
    await ended(/^ended$/)
    for (const from of bed.hosts)
      for (const to of bed.hosts) if (from !== to) expect(await cell(from, to).textContent()).toMatch(RATE)
    await look('tests-ended')
  })

  test('a place leads to its test: second by second, round trips, and what iperf3 said', async () => {
    await cell(one, two).click()
    const drawer = page().getByRole('dialog')
    await drawer.getByText('RTT under load').waitFor()
    const drawn = (): Promise<string> => page().evaluate<string>(`document.querySelector('dialog canvas').toDataURL()`)
    // It was dark when the chart came.
    for (const [scheme, other] of [
      ['dark', 'light'],
      ['light', 'dark'],
    ] as const) {
      const was = await until(`the chart is drawn in the ${scheme}`, 20_000, drawn)
      await browser.scheme(other)
      await until(`it is drawn anew in the ${other}`, 20_000, async () => (await drawn()) !== was)
    }
    await drawer.locator('summary', { hasText: 'Raw JSON' }).click()
    await until('the raw JSON is there', 20_000, async () =>
      /"sum_received"/.test(await drawer.getByLabel(/^Raw JSON/).inputValue()),
    )
    await look('tests-drawer')
    await page().keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  test('results are a file', async () => {
    await page().goto(`/tests/${first}`)
    const [download] = await Promise.all([
      page().waitForEvent('download'),
      page().getByRole('link', { name: 'CSV', exact: true }).click(),
    ])
    expect(download.suggestedFilename()).toBe(`exercise-${first}.csv`)
    const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/)
    expect(lines).toHaveLength(1 + 6)
    expect(lines[0]).toMatch(/^id,exercise,source,destination,state,receivedBps/)
  })

  test('the same once more is compared with it, pair by pair', async () => {
    await page().goto(`/tests/${first}`)
    await button('Once more …').click()
    await page().getByText('6 tests').waitFor()
    await begin('second', 2)
    await ended(/^ended$/)
    await page().getByRole('link', { name: 'Compare …' }).click()
    await page().getByRole('combobox').selectOption(String(first))
    await cell(two, three).click()
    await page()
      .getByRole('img', { name: /both times.*now: .*before: / })
      .waitFor()
    await look('tests-compare')
  })

  test('what is stopped keeps how far it came', async () => {
    await page().goto(`/tests/+new?from=${first}`)
    await page().getByText('6 tests').waitFor()
    await begin('long', 120)
    await row(/running/)
      .first()
      .waitFor()
    await page()
      .getByText(/^for \d/)
      .first()
      .waitFor()
    await page().goto('/tests')
    await row(new RegExp(`^NIC of ${one}|^NIC of ${two}`))
      .first()
      .waitFor()
    await look('tests-running')
    await page().getByRole('link', { name: 'long' }).click()
    await page()
      .getByRole('img', { name: /^Going through now\. .*: \d+ values, least \d/ })
      .waitFor()
    await look('tests-run')
    await button('Stop').click()
    await ended(/^ended early$/)
    await row(/canceled \d[\d.]* [kMGT]?bit\/s/)
      .first()
      .waitFor()
    await look('tests-stopped')
    await page().goto('/tests')
    await page().getByText('Nothing: no test uses a NIC or a port now.').waitFor()
  })

  test('one pair is measured from where its ways are shown', async () => {
    await page().goto(`/mesh/${one}/${three}`)
    await button(`iperf now from ${one} to ${three}`).click()
    await heading(`${one} to ${three}`).waitFor()
    await button('Stop').click()
    await ended(/^ended early$/)
    await button('Remove …').click()
    await page().getByLabel(`Type ${one} to ${three} to confirm`).fill(`${one} to ${three}`)
    await button('Remove').click()
    await heading('Tests').waitFor()
    await page().getByRole('link', { name: 'first', exact: true }).waitFor()
    // Places of the matrix say more than the name of the pair.
    await page()
      .getByRole('link', { name: `${one} to ${three}`, exact: true })
      .waitFor({ state: 'detached' })
  })

  test('a schedule is kept, and taken back', async () => {
    await page().goto('/tests/+new')
    await page().getByText('6 tests').waitFor()
    await button('Keep as a schedule …').click()
    await page().getByLabel('Name', { exact: true }).fill('nightly')
    await button('Keep').click()
    await row(/^nightly 0 3 \* \* \*/).waitFor()
    await button('Remove schedule nightly').click()
    await page().getByLabel('Type nightly to confirm').fill('nightly')
    await button('Remove').click()
    await row(/^nightly/).waitFor({ state: 'detached' })
  })

  test('where the planner goes, it is said, and every test comes to an end', async () => {
    const ask = { name: 'planned elsewhere', shape: 'mesh', start: true, params: { timeS: 20 } }
    const made = await hosts.sh(
      two,
      `curl -sf --unix-socket /run/skein/skein.sock -H 'content-type: application/json' -d '${JSON.stringify(ask)}' http://skein/v1/exercises`,
    )
    const { id } = JSON.parse(made.stdout) as { id: number }
    await page().goto(`/tests/${id}`)
    await row(/running/)
      .first()
      .waitFor()
    await bed.kill(two)
    await page().getByText(`${two}, which planned this, is down.`).waitFor()
    await look('tests-planner-lost')
    await ended(/^ended, \d failed$/)
    expect(await row(/pending|running|accepted/).count()).toBe(0)
    expect(await row(new RegExp(`${one} ${three} succeeded`)).count()).toBe(1)
  })

  test('who may only look sees all of it, and nothing that would fail', async () => {
    await page().context().clearCookies()
    await page().goto(`/tests/${first}`)
    await page().getByLabel('Name').fill('vera')
    await page().getByLabel('Password').fill(PASSWORD)
    await button('Sign in').click()
    await heading('first').waitFor()
    expect(await cell(one, three).textContent()).toMatch(RATE)
    for (const name of ['Once more …', 'Remove …', 'Start', 'Stop']) expect(await button(name).count()).toBe(0)
    await page().goto('/tests')
    await page().getByRole('link', { name: 'first' }).waitFor()
    for (const name of ['New test', 'Attach a machine …']) expect(await button(name).count()).toBe(0)
    await look('tests-viewer')
  })
})
