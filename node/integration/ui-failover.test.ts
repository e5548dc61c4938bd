import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser, type TestBrowser } from '#testing/browser.ts'
import { skeinHosts } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { fillTerminal, PASSWORD, resizeTerminal, typeInTerminal, uiSteps, whileSpoiled } from './ui-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'chromium']

/** Its node `r1` dies with its host, its other ones and the link between them do not. */
const WIDE = `name: wide
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    r1: { host: uf1 }
    r2: { host: uf2 }
    r3: { host: uf3 }
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
    - endpoints: ["r2:eth2", "r3:eth1"]
`
/** `imagee` is no key, and there is no node `s9`. */
const WRONG = `name: later
topology:
  defaults: { kind: linux, imagee: x, image: "skein/net:test" }
  nodes:
    s2: { host: uf2 }
    s3: { host: uf3 }
  links:
    - endpoints: ["s2:eth1", "s9:eth1"]
`
const RIGHT = WRONG.replace(' imagee: x,', '').replace('s9', 's3')

describeReal('where the host of a page is off, the page of another host', TOOLS, () => {
  const bed = testbed({ prefix: 'uf', hosts: 4, net: '10.94' })
  /** The fourth is let in when the first is off. */
  const hosts = skeinHosts({ ...bed, hosts: bed.hosts.slice(0, 3) })
  const [one = '', two = '', three = '', four = ''] = bed.hosts
  let browser: TestBrowser
  const steps = uiSteps(() => browser)
  const { page, button, row, look, write } = steps
  const open = async (host: string): Promise<void> => {
    browser = await openBrowser(bed, host, `https://${bed.address(host)}:8010`)
    await page().goto('/labs')
  }
  /** From the empty editor to the page of the lab. */
  const bringUp = async (text: string): Promise<void> => {
    await write(text)
    await page().getByText('No mistakes.').waitFor()
    await button('Plan').click()
    await row(/\+ create link .*uf2 ↔ uf3/).waitFor()
    await button('Bring it up').click()
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await Promise.all([hosts.loadImages(), hosts.makeMesh()])
    await hosts.json(one, 'user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD)
    await open(one)
    await steps.logIn()
  })
  afterAll(async () => {
    await browser?.close()
    await bed.down()
  })
  afterEach(() => expect(browser.faults).toEqual([]))

  test('takes the same login, and says which host is down', async () => {
    await page().goto('/labs/+new')
    await bringUp(WIDE)
    await row(/^up r1:eth1 ↔ r2:eth1/).waitFor()
    await row(/^up r2:eth2 ↔ r3:eth1/).waitFor()
    await bed.kill(one)
    await page().getByText('This host does not answer.').waitFor()
    await browser.picture('failover-gone')
    await browser.close()
    await open(two)
    await steps.signIn()
    await page().getByText(`View of ${two}`).waitFor()
    await page().goto('/mesh')
    await row(new RegExp(`^${one} core down`)).waitFor()
    await row(new RegExp(`^${three} core (?:leads )?alive`)).waitFor()
    await look('failover-mesh')
  })

  test('shows what of a lab is gone and why, and what works on', async () => {
    await page().goto('/labs/wide')
    await page().locator('.lab-head .badge', { hasText: 'degraded' }).waitFor()
    await row(new RegExp(`r1:eth1 ↔ r2:eth1.*host ${one} is down`)).waitFor()
    await row(/^up r2:eth2 ↔ r3:eth1/).waitFor()
    await page().getByRole('tab', { name: 'Nodes' }).click()
    await row(new RegExp(`r1 .*host ${one} is down`)).waitFor()
    await row(new RegExp(`^running r3 linux ${three}`)).waitFor()
    await button(/problem/).click()
    await page().getByText(`host ${one} is down`, { exact: true }).first().waitFor()
    await look('failover-lab')
    await page().keyboard.press('Escape')
  })

  test('lets a host in', async () => {
    await page().goto('/mesh')
    await button('Invite a host …').click()
    await button('Make a token').click()
    const line = (await page().locator('code.once').textContent()) ?? ''
    await page().keyboard.press('Escape')
    await hosts.json(four, 'join', line.split(' ')[2] ?? '', '--name', four, '--advertise', bed.address(four))
    await hosts.start(four)
    await row(new RegExp(`^${four} core alive`)).waitFor()
  })

  test('shows the mistakes of a lab, and brings it up without them', async () => {
    await page().goto('/labs/+new')
    await write(WRONG)
    await button(/3:\d+.*imagee/).waitFor()
    await button(/8:\d+.*s9/).waitFor()
    expect(await button('Plan').isDisabled()).toBe(true)
    await bringUp(RIGHT)
    await page().getByRole('heading', { name: 'Labs / later' }).waitFor()
    await row(/^up s2:eth1 ↔ s3:eth1/).waitFor()
    await look('failover-up')
  })

  test('shows the cause where a link is broken by hand, and that it is whole again', async () => {
    await row(/s2:eth1 ↔ s3:eth1/).click()
    await page().getByRole('complementary', { name: 's2:eth1 ↔ s3:eth1' }).waitFor()
    await whileSpoiled(hosts, { lab: 'later', host: three, node: 's3', interface: 'eth1' }, async () => {
      await page()
        .getByText(/VLAN tag is 7, \d+ is wanted/)
        .first()
        .waitFor()
      await browser.picture('failover-broken')
    })
    await button('Repair now').click()
    await row(/^up s2:eth1 ↔ s3:eth1/).waitFor()
  })

  test('impairs a link and makes it whole', async () => {
    await page().locator('summary', { hasText: 'Impair' }).click()
    await page().getByLabel('Rate').fill('5')
    await button('Apply').click()
    await row(/^up, impaired s2:eth1 ↔ s3:eth1.*rate 5mbit/).waitFor()
    await button('Clear').click()
    await row(/^up s2:eth1 ↔ s3:eth1/).waitFor()
  })

  test('opens a terminal on a host that is neither', async () => {
    await page().goto('/labs/later?node=s3&tab=nodes')
    await button('Console').click()
    await page().getByText(`on ${three}`, { exact: true }).waitFor()
    await typeInTerminal(steps)
    await resizeTerminal(steps)
    await fillTerminal(steps)
  })

  test('takes labs down, one that lost a host too', async () => {
    for (const lab of ['later', 'wide']) {
      await page().goto(`/labs/${lab}`)
      await button('Take down').click()
      await page()
        .getByLabel(new RegExp(`Type ${lab} to confirm`))
        .fill(lab)
      await button('Take it down').click()
      await page().waitForURL('**/labs')
    }
    await page().getByText('No lab runs on this mesh yet.').waitFor()
  })
})
