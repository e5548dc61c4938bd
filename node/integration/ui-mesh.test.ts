import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '#testing/browser.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { PASSWORD, uiSteps } from './ui-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'curl', 'chromium']
const CA = '/var/lib/skein/identity/ca.crt'

describeReal('the mesh in a browser', TOOLS, () => {
  const bed = testbed({ prefix: 'ua', hosts: 3, net: '10.67' })
  const hosts = skeinHosts(bed)
  const [one = '', two = '', three = ''] = bed.hosts
  const urlOf = (host: string): string => `https://${bed.address(host)}:8010`
  let code = ''
  let browser: TestBrowser
  const { page, button, look, signIn } = uiSteps(() => browser)
  const cell = (from: string, to: string) => page().locator(`a[href="/mesh/${from}/${to}"]`)
  const join = async (host: string, token: string): Promise<void> => {
    await hosts.json(host, 'join', token, '--name', host, '--advertise', bed.address(host))
    await hosts.start(host)
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    const first = ['bootstrap', '--name', one, '--advertise', bed.address(one)]
    code = (await hosts.json<{ adminCode: string }>(one, ...first)).adminCode
    await hosts.start(one)
    const { token } = await until('a token', 20_000, () => hosts.json<{ token: string }>(one, 'token', 'create'))
    await join(two, token)
    browser = await openBrowser(bed, one, urlOf(one))
  })
  afterAll(async () => {
    await browser?.close()
    await bed.down()
  })
  afterEach(() => expect(browser.faults).toEqual([]))

  test('the first one in shows the code, and takes a password', async () => {
    await page().goto('/mesh')
    await page().getByText('has not been used yet').waitFor()
    await look('first-login')
    await page().getByLabel('One-time code').fill('wrong')
    await page().getByLabel('Your name').fill('ann')
    for (const label of ['Your new password', 'The same again']) await page().getByLabel(label).fill(PASSWORD)
    await button('Make the account').click()
    await page().getByRole('alert').waitFor()
    await page().getByLabel('One-time code').fill(code)
    await button('Make the account').click()
    await page().getByText(`View of ${one}`).waitFor()
    await cell(one, two).filter({ hasText: / ms$/ }).waitFor()
    await cell(two, one).filter({ hasText: / ms$/ }).waitFor()
    await page()
      .locator('.badge', { hasText: /^live$/ })
      .waitFor()
  })

  test('a host that is invited comes in', async () => {
    await button('Invite a host …').click()
    await button('Make a token').click()
    const line = (await page().locator('code.once').textContent()) ?? ''
    expect(line).toMatch(/^skein join skein1\.\S+ --name NAME$/)
    await look('invite')
    await page().keyboard.press('Escape')
    await join(three, line.split(' ')[2] ?? '')
    await page()
      .getByRole('row', { name: new RegExp(`^${three} core alive`) })
      .waitFor()
    for (const other of [one, two]) {
      await cell(three, other).filter({ hasText: / ms$/ }).waitFor()
      await cell(other, three).filter({ hasText: / ms$/ }).waitFor()
    }
    await look('mesh')
  })

  test('what a host says is signed by it, and the browser finds that out', async () => {
    await page()
      .getByRole('row', { name: new RegExp(`^${two} core alive`) })
      .click()
    await page().getByText(`signed by ${two} ✓`).waitFor()
    await page()
      .locator('li', { hasText: 'That it is a member' })
      .getByText(/signed by ua\d ✓/)
      .waitFor()
    await button('Drain …').click()
    await page().getByLabel(`Type ${two} to confirm`).fill(two)
    await button('Drain').click()
    await page().getByText(`${two} is drained`).waitFor()
    await button('Use again').click()
    await button('Drain …').waitFor()
    await look('host')
    await page().keyboard.press('Escape')
    await cell(one, two).click()
    await page()
      .getByText(/\d+ measures since/)
      .first()
      .waitFor()
    await look('pair')
  })

  test('events are filtered by their address, and saved', async () => {
    await page().keyboard.press('g')
    await page().keyboard.press('e')
    const rows = page().locator('.event-list tbody tr')
    await rows.filter({ hasText: 'HOST_ADMITTED' }).filter({ hasText: three }).first().waitFor()
    await look('events')
    await page().keyboard.press('/')
    await page().keyboard.type('LEADER')
    await until('only those', 20_000, async () =>
      (await rows.allTextContents()).every((text) => text.includes('LEADER')),
    )
    expect(new URL(page().url()).searchParams.get('text')).toBe('LEADER')
    const [download] = await Promise.all([page().waitForEvent('download'), button('Export NDJSON').click()])
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ code: 'LEADER' })
  })

  test('pages are found by some of their letters, and dark stays dark', async () => {
    await page().keyboard.press('Control+k')
    await page().keyboard.type('sett')
    await page().keyboard.press('Enter')
    await page().getByRole('heading', { name: 'Settings' }).waitFor()
    const theme = () => page().locator('html').getAttribute('data-theme')
    await page().locator('main').getByText('dark', { exact: true }).click()
    await page().reload()
    await page().getByText(`View of ${one}`).waitFor()
    expect(await theme()).toBe('dark')
    await page().locator('main').getByText('auto', { exact: true }).click()
    expect(await theme()).toBe('auto')
  })

  test('a program gets a token, a person an account, and each may do what it may', async () => {
    await page().goto('/settings')
    await button('Make a token …').click()
    await page().getByLabel('What it is for').fill('prometheus')
    await page().getByLabel('Role').selectOption('metrics')
    await button('Make it').click()
    const token = await page().locator('code.once').textContent()
    await page().keyboard.press('Escape')
    const ask = (path: string) =>
      hosts.sh(
        two,
        `curl -s -o /dev/null -w '%{http_code}' --cacert ${CA} -H 'authorization: Bearer ${token}' ${urlOf(two)}${path}`,
      )
    expect((await ask('/metrics')).stdout).toBe('200')
    expect((await ask('/v1/labs')).stdout).toBe('403')
    await button('Add a person …').click()
    await page().getByLabel('Name').fill('vera')
    await page().getByLabel('Password', { exact: true }).fill('a viewer has this one')
    await button('Save').click()
    await page()
      .getByRole('row', { name: /^vera viewer/ })
      .waitFor()
    await look('settings')
    await button('Revoke prometheus').click()
    await until('the token is refused', 20_000, async () => (await ask('/metrics')).stdout === '401')
  })

  test('a host that is cut off is not called good, and why stands there', async () => {
    await page().goto('/mesh')
    await bed.cut(three)
    await page()
      .getByRole('row', { name: new RegExp(`^${three} core down`) })
      .waitFor()
    await page()
      .locator('td.way.unknown', { has: cell(three, one) })
      .waitFor()
    await button(/problem/).click()
    await page().getByText(`host ${three} is down`).waitFor()
    await look('problems')
    await page().keyboard.press('Escape')
  })

  test('where its host goes, the same login works on another, which says that it is alone', async () => {
    await bed.kill(one)
    await page()
      .getByText('reconnecting, data may be old')
      .or(page().getByText('This host does not answer.'))
      .first()
      .waitFor()
    await browser.picture('gone')
    await browser.close()
    browser = await openBrowser(bed, two, urlOf(two))
    await page().goto('/mesh')
    await look('login')
    await signIn()
    await page().getByText(`View of ${two}`).waitFor()
    await page().getByText(`${two} sees 1 of 3 hosts`).waitFor()
    for (const other of [one, three])
      await page()
        .locator('td.way.unknown', { has: cell(two, other) })
        .waitFor()
    await look('alone')
  })
})
