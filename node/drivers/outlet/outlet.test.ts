import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { Op, Outlet } from '#core/model/resource.ts'
import { OUTLET_ID } from '#core/model/resource-ids.ts'
import { differs } from '#core/plan/differs.ts'
import { driverContract } from '#testing/driver-contract.ts'
import { type FakeExec, fakeExec } from '../fake-exec.ts'
import { mgmtDevice } from '../owner-mark.ts'
import { createOutletDriver } from './driver.ts'
import { parseTable } from './parse.ts'

const outlet = (...networks: readonly (readonly [network: string, cidr: string])[]): Outlet => ({
  kind: 'outlet',
  id: OUTLET_ID,
  needs: [],
  networks: networks.map(([network, cidr]) => ({ network, cidr, device: mgmtDevice(network) })),
  forwards: true,
})
const [one, two] = [outlet(['clab', '172.20.20.0/24']), outlet(['clab', '172.20.20.0/24'], ['x', '10.9.0.0/16'])]

/** A toy firewall: our table as it was written last, and the rules of dockerd's chain where there is one. */
const toy = (hasDocker = true) => {
  let text: string | undefined
  let forwards = '0'
  const accepted: string[] = []
  const list = (): string => {
    const elements = [...(text ?? '').matchAll(/(\S+)\/(\d+) comment "(\S+)"/g)]
    const elem = elements.map(([, addr, len, comment]) => ({
      elem: { val: { prefix: { addr, len: Number(len) } }, comment },
    }))
    return JSON.stringify({
      nftables: [{ set: { name: 'inside', elem } }, { rule: { chain: 'postrouting', expr: [{ masquerade: null }] } }],
    })
  }
  const nft = (args: readonly string[], stdin: string) => {
    if (args.join(' ') === '--version') return { stdout: 'nftables v1.0.6\n' }
    if (args.join(' ') === '-j list table ip skein')
      return text === undefined ? { code: 1, stderr: 'No such file' } : { stdout: list() }
    text = stdin.includes('masquerade') ? stdin : undefined
    return {}
  }
  const exec: FakeExec = fakeExec({
    nft,
    cat: () => ({ stdout: `${forwards}\n` }),
    sysctl: () => {
      forwards = '1'
      return {}
    },
    env: ([tool, , verb, chain, ...rule]) => {
      if (!hasDocker) return { code: 127 }
      const line = `${tool} ${chain} ${rule.join(' ')}`
      const at = accepted.indexOf(line)
      if (verb === '-I') accepted.unshift(line)
      else if (at < 0) return { code: 1 }
      else accepted.splice(at, 1)
      return {}
    },
  })
  return {
    exec,
    accepted,
    snapshot: async () => JSON.stringify([text, accepted]),
    turnOff: (): void => {
      forwards = '0'
    },
  }
}

driverContract({
  driver: createOutletDriver(),
  makeHost: async () => toy(),
  samples: () => [{ name: 'networks', stages: [[one]], changed: [two] }],
})

describe('the way out', () => {
  const run = async (host: ReturnType<typeof toy>, op: Op<Outlet>) => {
    for (const step of createOutletDriver().steps([op]))
      for (const command of step.commands) await host.exec.run(command)
  }
  it('passes what dockerd would forbid, and takes that back', async () => {
    const host = toy()
    await run(host, { type: 'create', to: two, reason: '' })
    expect(host.accepted).toHaveLength(4)
    expect(host.accepted[0]).toBe(`iptables DOCKER-USER -o ${mgmtDevice('x')} -m comment --comment skein -j ACCEPT`)
    await run(host, { type: 'update', from: two, to: one, reason: '' })
    expect(host.accepted).toHaveLength(2)
    await run(host, { type: 'delete', from: one, reason: '' })
    expect(host.accepted).toEqual([])
    await run(toy(false), { type: 'create', to: one, reason: '' })
  })

  it('is mended where forwarding was switched off, other networks are wanted, or its table was changed', async () => {
    const host = toy()
    await run(host, { type: 'create', to: one, reason: '' })
    host.turnOff()
    const [seen] = await createOutletDriver().observe(host.exec, [])
    expect(seen && differs(one, seen)).toEqual({ fix: 'update', reason: 'forwarding of IPv4 is off' })
    expect(differs(two, one)).toEqual({ fix: 'update', reason: 'it is for clab, clab, x are wanted' })
    expect(differs(one, one)).toBeUndefined()
  })

  it('is read from what nft prints', () => {
    const text = readFileSync(new URL('./testdata/table.json', import.meta.url), 'utf8')
    expect(parseTable(text, true)).toEqual([one])
    expect(parseTable(text.replace('"masquerade"', '"accept"'), true)).toMatchObject([
      { fault: expect.stringContaining('changed') },
    ])
    expect(() => parseTable('{}', true)).toThrow(MeshError)
  })

  it('without nft is not there, and making it says so', async () => {
    const exec = fakeExec({ cat: () => ({ stdout: '1' }) })
    expect(await createOutletDriver().observe(exec, [])).toEqual([])
  })
})
