import { createSocket } from 'node:dgram'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { HostId, LabName, NodeName } from '#core/model/ids.ts'
import type { PublishedOn } from '#core/model/mgmt.ts'
import { createLogger } from '#platform/log.ts'
import { isPortFree, openPortProxy, type PortProxy, type PortProxyOptions } from '#platform/port-proxy.ts'
import { assign } from '../../core/plan/testdata/host.ts'
import { labNode, sampleLab } from '../../core/plan/testdata/lab.ts'
import { PortCheck } from './check.ts'
import { Published } from './published.ts'

const [H1, H2] = ['H1', 'H2'] as HostId[] as [HostId, HostId]
const port = (more: Partial<PublishedOn> = {}): PublishedOn => ({
  node: 'r1' as NodeName,
  host: H1,
  hostPort: 8080,
  containerPort: 80,
  protocol: 'tcp',
  ...more,
})
const active = (name: string, published: readonly PublishedOn[]) => {
  const intent = sampleLab(
    name,
    [labNode('r1', { ports: published.map(({ host: _h, node: _n, ...rest }) => rest) })],
    [],
  )
  const assignment = {
    ...assign(intent, { r1: 1 }),
    published,
    mgmt: { nodes: { r1: { ipv4: '172.20.20.2' } } } as never,
  }
  return [name, { intent, assignment }] as const
}

const world = () => {
  const labs = new Map<string, ReturnType<typeof active>[1]>()
  const open = new Map<string, PortProxyOptions>()
  const taken = new Set<number>()
  let nowMs = 0
  const published = new Published({
    engine: { self: H1, active: labs as never },
    clock: { monotonicMs: () => nowMs, nowMs: () => nowMs } as never,
    log: createLogger({ level: 'silent' }),
    open: async (options): Promise<PortProxy> => {
      if (taken.has(options.port)) throw Object.assign(new Error('bind'), { code: 'EADDRINUSE' })
      const key = `${options.port}/${options.protocol}`
      open.set(key, options)
      return { close: async () => void open.delete(key) }
    },
  })
  return {
    labs,
    open,
    taken,
    published,
    pass: (ms: number): void => {
      nowMs += ms
    },
  }
}

describe('published ports of a host', () => {
  it('are open as long as their lab is, on the host that runs the node', async () => {
    const { labs, open, published } = world()
    labs.set(...active('a', [port(), port({ host: H2, hostPort: 81 }), port({ protocol: 'udp' })]))
    await published.look()
    expect([...open]).toEqual([
      ['8080/tcp', { port: 8080, protocol: 'tcp', to: { address: '172.20.20.2', port: 80 } }],
      ['8080/udp', { port: 8080, protocol: 'udp', to: { address: '172.20.20.2', port: 80 } }],
    ])
    expect([published.holder(8080, 'tcp'), published.holder(81, 'tcp')]).toEqual(['a', undefined])
    labs.clear()
    await published.look()
    expect([...open]).toEqual([])
  })

  it('say when another program has them, and come once it lets go', async () => {
    const { labs, open, taken, published, pass } = world()
    taken.add(8080)
    labs.set(...active('a', [port()]))
    await published.look()
    expect(published.troubles('a')).toEqual([
      'r1: port 8080/tcp is not published: another program on this host listens on it',
    ])
    taken.clear()
    await published.look()
    expect(open.size).toBe(0)
    pass(6_000)
    await published.look()
    expect([open.size, published.troubles('a')]).toEqual([1, []])
  })
})

describe('before a lab starts', () => {
  it('is refused with every port that somebody has, and who', async () => {
    const { labs, published } = world()
    labs.set(...active('a', [port()]))
    const check = new PortCheck({
      engine: {
        self: H1,
        active: labs,
        roster: {
          hosts: [
            { id: H1, name: 'h1' },
            { id: H2, name: 'h2' },
          ],
        },
      } as never,
      published,
      request: async () => ({ taken: [{ port: 90, protocol: 'tcp' }] }),
      isFree: async (asked) => asked !== 91,
    })
    const two = [
      labNode('r1', {
        ports: [8080, 91, 92].map((hostPort) => ({ hostPort, containerPort: 80, protocol: 'tcp' as const })),
      }),
      labNode('r2', { ports: [{ hostPort: 90, containerPort: 80, protocol: 'tcp' }] }),
    ]
    const intent = sampleLab('b' as LabName, two, [])
    await expect(check.refuseTaken(intent, { r1: H1, r2: H2 } as Record<NodeName, HostId>)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      details: {
        reasons: [
          'port 8080/tcp on h1 is published by node r1 of lab a',
          'port 91/tcp on h1 is taken: another program listens on it',
          'port 90/tcp on h2 is taken: another program listens on it',
        ],
      },
    })
    await check.refuseTaken(active('a', [port()])[1].intent, { r1: H1 } as Record<NodeName, HostId>)
  })
})

describe('a port proxy', () => {
  const closing: (() => Promise<unknown> | unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  it('passes TCP both ways, to the end of each, and holds the port', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += String(chunk)
      })
      socket.on('end', () => socket.end(text.toUpperCase()))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const free = createServer()
    await new Promise<void>((resolve) => free.listen(0, resolve))
    const { port: at } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    const proxy = await openPortProxy({
      port: at,
      protocol: 'tcp',
      to: { address: '127.0.0.1', port: (server.address() as AddressInfo).port },
    })
    expect(await isPortFree(at, 'tcp')).toBe(false)
    const said = await new Promise<string>((resolve) => {
      const client = connect({ port: at, host: '127.0.0.1', allowHalfOpen: true }, () => client.end('hello'))
      let text = ''
      client.on('data', (chunk) => {
        text += String(chunk)
      })
      client.on('end', () => resolve(text))
    })
    expect(said).toBe('HELLO')
    await proxy.close()
    expect(await isPortFree(at, 'tcp')).toBe(true)
  })

  it('answers UDP to who asked', async () => {
    const server = createSocket('udp4')
    server.on('message', (bytes, from) => server.send(`you said ${bytes}`, from.port, from.address))
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const free = createSocket('udp4')
    await new Promise<void>((resolve) => free.bind(0, resolve))
    const at = free.address().port
    await new Promise<void>((resolve) => free.close(() => resolve()))
    const proxy = await openPortProxy({
      port: at,
      protocol: 'udp',
      to: { address: '127.0.0.1', port: server.address().port },
    })
    closing.push(() => proxy.close())
    const client = createSocket('udp4')
    closing.push(() => client.close())
    const answer = new Promise<string>((resolve) => client.on('message', (bytes) => resolve(String(bytes))))
    client.send('hi', at, '127.0.0.1')
    expect(await answer).toBe('you said hi')
  })
})
