import type { WebSocketRoute } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '#testing/browser.ts'
import { skeinHosts } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { fillTerminal, PASSWORD, resizeTerminal, typeInTerminal, uiSteps, whileSpoiled } from './ui-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'chromium']

/** `imagee` is no key, and there is no node `r9`. */
const WRONG = `name: web
topology:
  defaults: { kind: linux, imagee: "skein/net:test" }
  nodes:
    r1: { host: ub1, image: "skein/net:test" }
    r2: { host: ub2, image: "skein/net:test" }
    r3: { host: ub1, image: "skein/net:test" }
  links:
    - endpoints: ["r1:eth1", "r9:eth1"]
    - endpoints: ["r1:eth2", "r3:eth1"]
`
const RIGHT = WRONG.replace(', imagee: "skein/net:test"', '').replace('r9', 'r2')

describeReal('labs in a browser', TOOLS, () => {
  const bed = testbed({ prefix: 'ub', hosts: 2, net: '10.68' })
  const hosts = skeinHosts(bed)
  let browser: TestBrowser
  const steps = uiSteps(() => browser)
  const { page, button, row, look, write, screenText, says } = steps

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await Promise.all([hosts.loadImages(), hosts.makeMesh()])
    await hosts.json('ub1', 'user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD)
    browser = await openBrowser(bed, 'ub1', `https://${bed.address('ub1')}:8010`)
    await page().goto('/labs')
    await steps.logIn()
  })
  afterAll(async () => {
    await browser?.close()
    await bed.down()
  })
  afterEach(() => expect(browser.faults).toEqual([]))

  test('mistakes are shown at their lines; without them there is a plan, and then the lab', async () => {
    await page().goto('/labs')
    await page().getByText('No lab runs on this mesh yet.').waitFor()
    await look('labs-empty')
    await button('New lab').first().click()
    await write(WRONG)
    await button(/3:\d+.*imagee/).waitFor()
    await button(/9:\d+.*r9/).waitFor()
    expect(await page().locator('.cm-lint-marker-error').count()).toBe(2)
    expect(await button('Plan').isDisabled()).toBe(true)
    await look('editor-mistakes')
    await write(RIGHT)
    await page().getByText('No mistakes.').waitFor()
    await button('Plan').click()
    await row(/\+ create node r2 ub2/).waitFor()
    await row(/\+ create link r1:eth1--r2:eth1 ub1 ↔ ub2/).waitFor()
    await look('editor-plan')
    await button('Bring it up').click()
    await page().getByRole('heading', { name: 'Labs / web' }).waitFor()
    await row(/^up r1:eth1 ↔ r2:eth1/).waitFor()
    await row(/^up r1:eth2 ↔ r3:eth1/).waitFor()
    await page().locator('.canvas canvas').first().waitFor()
    await look('lab')
  })

  test('a link that is broken by hand shows its cause, and is whole again', async () => {
    await page().goto('/labs/web')
    await row(/r1:eth1 ↔ r2:eth1/).click()
    await page().getByRole('complementary', { name: 'r1:eth1 ↔ r2:eth1' }).waitFor()
    const end = { lab: 'web', host: 'ub1', node: 'r1', interface: 'eth1' }
    await whileSpoiled(hosts, end, async () => {
      await page()
        .getByText(/VLAN tag is 7, \d+ is wanted/)
        .first()
        .waitFor()
      await browser.picture('link-broken')
      await page().getByRole('complementary').getByText('Next:').waitFor()
    })
    await button('Repair now').click()
    await row(/^up r1:eth1 ↔ r2:eth1/).waitFor()
    await look('link')
  })

  test('a link is impaired, taken down and taken up', async () => {
    await page().locator('summary', { hasText: 'Impair' }).click()
    await page().getByLabel('Rate').fill('5')
    await button('Apply').click()
    await row(/^up, impaired r1:eth1 ↔ r2:eth1.*rate 5mbit/).waitFor()
    await button('Take down').last().click()
    await row(/^down on purpose r1:eth1 ↔ r2:eth1/).waitFor()
    await button('Take up').click()
    await button('Clear').click()
    await row(/^up r1:eth1 ↔ r2:eth1/).waitFor()
  })

  test('a capture at one end is a file', async () => {
    await page().locator('summary', { hasText: 'Capture' }).click()
    await button('Capture to a file').click()
    await page()
      .getByText(/[1-9]\d* bytes so far/)
      .waitFor()
    const download = page().waitForEvent('download')
    await button('Stop').click()
    expect((await download).suggestedFilename()).toBe('web-r1-eth1.pcap')
  })

  test('its topology and its picture are files, and a copy has a name of its own', async () => {
    const saved = async (name: string): Promise<string> => {
      const download = page().waitForEvent('download')
      await button(name).click()
      return (await download).suggestedFilename()
    }
    expect([await saved('Export'), await saved('PNG')]).toEqual(['web.clab.yml', 'web.png'])
    await button('Clone').click()
    await page().locator('.cm-line', { hasText: 'name: web-2' }).waitFor()
    const files = [
      { name: 'third.clab.yml', mimeType: 'text/yaml', buffer: Buffer.from(RIGHT.replace('web', 'third')) },
    ]
    await page().getByLabel('Open file').setInputFiles(files)
    await page().locator('.cm-line', { hasText: 'name: third' }).waitFor()
    await page().getByText('No mistakes.').waitFor()
  })

  test('a terminal in a node of another host: types, UTF-8, size, and comes back after a cut', async () => {
    const ways: WebSocketRoute[] = []
    await page().routeWebSocket(/\/console\?/, (way) => {
      way.connectToServer()
      ways.push(way)
    })
    await page().goto('/labs/web?node=r2&tab=nodes')
    await button('Console').click()
    await page().getByText('on ub2', { exact: true }).waitFor()
    await typeInTerminal(steps)
    await resizeTerminal(steps)
    await look('console')
    await page().keyboard.type('for i in 1 2 3 4 5 6; do echo tick-$i-; sleep 0.5; done\n')
    await says(/^tick-1-$/m)
    await Promise.all(ways.splice(0).map((way) => way.close()))
    await page().getByText('cut, coming back').waitFor()
    await page().getByText('on ub2', { exact: true }).waitFor()
    await says(/^tick-6-$/m)
    expect((await screenText()).match(/^tick-\d-$/gm)).toEqual([1, 2, 3, 4, 5, 6].map((count) => `tick-${count}-`))
    await button('Larger').click()
    await fillTerminal(steps)
  })

  test('a node is restarted with its links, and prints', async () => {
    await button('Restart').click()
    await page().getByText('r2 was restarted on ub2').waitFor()
    await page().getByRole('tab', { name: /Links/ }).click()
    await row(/^up r1:eth1 ↔ r2:eth1/).waitFor()
    await page().locator('summary', { hasText: 'Logs' }).click()
    await look('node')
    await page().getByRole('tab', { name: 'Job log' }).click()
    await row(/lab up/i)
      .first()
      .waitFor()
    await look('log')
  })

  test('a terminal in a tab of its own', async () => {
    await page().goto('/console/web/r2')
    await page().getByText('on ub2', { exact: true }).waitFor()
    await page().keyboard.type('echo tab-$((40+2))\n')
    await says(/tab-42/)
    await look('console-tab')
    await page().keyboard.press('Control+Shift+Escape')
    expect(await page().evaluate('document.activeElement.tagName')).toBe('A')
  })

  test('a lab goes once its name is typed', async () => {
    await page().goto('/labs/web')
    await button('Take down').click()
    expect(await button('Take it down').isDisabled()).toBe(true)
    await page()
      .getByLabel(/Type web to confirm/)
      .fill('web')
    await look('down')
    await button('Take it down').click()
    await page().getByText('No lab runs on this mesh yet.').waitFor()
  })
})
