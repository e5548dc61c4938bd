import { createHash } from 'node:crypto'
import type { Exec, Result, SocketCommand } from '#platform/exec.ts'
import { requestFailure, toolMissing } from '#platform/failure.ts'

interface FakeBody {
  readonly name: string
  readonly source: {
    readonly alias?: string
    readonly fingerprint?: string
    readonly properties?: Record<string, string>
  }
  readonly config?: Readonly<Record<string, string>>
  readonly devices?: Readonly<Record<string, Record<string, string>>>
}

export interface FakeInstance {
  name: string
  config: Record<string, string>
  devices: Record<string, Record<string, string>>
  status: 'Stopped' | 'Running' | 'Frozen' | 'Error'
  pid: number
  last_used_at: string
  /** What is in it, by snapshot; `''` is now. */
  readonly content: Map<string, string>
  /** Text of files that were laid into it, by path. */
  readonly files: Map<string, string>
  readonly snapshots: { name: string; created_at: string; config: Record<string, string> }[]
}

export interface FakeLxdImage {
  readonly fingerprint: string
  readonly aliases: { name: string }[]
  readonly properties: Record<string, string>
}

interface Answer {
  readonly code?: number
  readonly metadata?: unknown
  readonly error?: string
}

/**
 * A toy LXD: knows the requests of this driver and throws at any other; what takes time is over at once. Its fields may be looked at and
 * changed.
 */
export class FakeLxd {
  readonly instances = new Map<string, FakeInstance>()
  readonly images: FakeLxdImage[] = []
  readonly pools: string[] = ['default']
  /** Names of instances that somebody is restarting. */
  readonly restarting = new Set<string>()
  readonly log: SocketCommand[] = []
  readonly exec: Exec
  #starts = 0

  constructor(socket: string) {
    this.exec = {
      run: async (command) => {
        if (!('socket' in command) || command.socket !== socket) throw toolMissing(command)
        this.log.push(command)
        const { code = 200, metadata = null, error } = this.#answer(command)
        const result: Result = {
          code,
          stdout: JSON.stringify({ metadata, ...(error === undefined ? {} : { error }) }),
          stderr: '',
        }
        const failure = requestFailure(command, result)
        if (failure !== undefined) throw failure
        return result
      },
    }
  }

  /** Puts an image there, as `lxc image import` does. */
  load(alias: string, properties: Record<string, string> = {}): FakeLxdImage {
    const fingerprint = createHash('sha256')
      .update(`${alias}${JSON.stringify(properties)}`)
      .digest('hex')
    const image = { fingerprint, aliases: [{ name: alias }], properties }
    this.images.push(image)
    return image
  }

  /** Makes an instance as somebody else would. */
  add(name: string, config: Record<string, string> = {}, devices: FakeInstance['devices'] = {}): FakeInstance {
    const instance: FakeInstance = {
      name,
      config: { ...config },
      devices: { ...devices },
      status: 'Stopped',
      pid: 0,
      last_used_at: '1970-01-01T00:00:00Z',
      content: new Map([['', 'fresh']]),
      files: new Map(),
      snapshots: [],
    }
    this.instances.set(name, instance)
    return instance
  }

  start(instance: FakeInstance): void {
    this.#starts += 1
    Object.assign(instance, {
      status: 'Running',
      pid: 2000 + this.#starts,
      last_used_at: `2026-01-01T00:00:00.${String(this.#starts).padStart(9, '0')}Z`,
    })
  }

  #running(): { readonly running?: readonly object[] } {
    const running = [...this.restarting].map((name) => operation('Restarting instance', name))
    return running.length === 0 ? {} : { running }
  }

  #answer(command: SocketCommand): Answer {
    const { pathname } = new URL(command.path, 'http://lxd')
    switch (`${command.method} ${pathname}`) {
      case 'GET /1.0':
        return { metadata: { environment: { server: 'lxd', server_version: '5.0.2' } } }
      case 'GET /1.0/storage-pools':
        return { metadata: this.pools.map((name) => `/1.0/storage-pools/${name}`) }
      case 'GET /1.0/operations':
        return { metadata: { success: [operation('Executing command', 'other')], ...this.#running() } }
      case 'GET /1.0/images':
        return { metadata: this.images }
      case 'POST /1.0/images':
        return this.#import(command)
      case 'GET /1.0/instances':
        return { metadata: [...this.instances.values()].map(shown) }
      case 'POST /1.0/instances':
        return this.#create(command.body as FakeBody)
      default:
        return pathname.startsWith('/1.0/images/')
          ? this.#onImage(command, pathname)
          : this.#onInstance(command, pathname)
    }
  }

  #onImage({ method }: SocketCommand, path: string): Answer {
    const [, , , first = '', second] = path.split('/')
    const found = this.images.find(({ fingerprint, aliases }) =>
      first === 'aliases' ? aliases.some(({ name }) => name === second) : fingerprint.startsWith(first),
    )
    if (method !== 'GET') throw new Error(`the fake LXD does not know: ${method} ${path}`)
    return found === undefined ? { code: 404, error: 'not found' } : { metadata: found }
  }

  #onInstance(command: SocketCommand, path: string): Answer {
    const [, , , name = '', below, snapshot] = path.split('/')
    const instance = this.instances.get(name)
    if (instance === undefined) return { code: 404, error: 'Instance not found' }
    switch (`${command.method} ${below ?? ''}`) {
      case 'GET ':
        return { metadata: shown(instance) }
      case 'GET state':
        return { metadata: { status: instance.status, pid: instance.pid } }
      case 'PUT state':
        return this.#act(instance, (command.body as { action: string }).action)
      case 'PUT ':
        return this.#put(instance, command.body as { restore?: string } & Partial<FakeInstance>)
      case 'DELETE ':
        if (instance.status !== 'Stopped') return { code: 400, error: 'Instance is running' }
        this.instances.delete(name)
        return {}
      case 'POST files':
        instance.files.set(new URL(command.path, 'http://lxd').searchParams.get('path') ?? '', command.text ?? '')
        return {}
      case 'GET snapshots':
        return { metadata: instance.snapshots.map((one) => ({ ...one, name: one.name, size: 1000 })) }
      case 'POST snapshots':
        return this.#snapshot(instance, (command.body as { name: string }).name)
      case 'DELETE snapshots':
        return this.#forget(instance, snapshot ?? '')
      default:
        throw new Error(`the fake LXD does not know: ${command.method} ${command.path}`)
    }
  }

  #act(instance: FakeInstance, action: string): Answer {
    const isRunning = instance.status === 'Running'
    if (action === 'start') {
      if (isRunning) return { code: 400, error: 'The instance is already running' }
      this.start(instance)
      return {}
    }
    if (action === 'unfreeze') {
      if (instance.status !== 'Frozen') return { code: 400, error: 'The instance is already running' }
      instance.status = 'Running'
      return {}
    }
    if (instance.status === 'Stopped') return { code: 400, error: 'The instance is already stopped' }
    Object.assign(instance, { status: 'Stopped', pid: 0 })
    return {}
  }

  #put(instance: FakeInstance, { restore, config, devices }: { restore?: string } & Partial<FakeInstance>): Answer {
    if (restore === undefined) {
      Object.assign(instance, { config: config ?? instance.config, devices: devices ?? instance.devices })
      return {}
    }
    const snapshot = instance.snapshots.find(({ name }) => name === restore)
    if (snapshot === undefined) return { code: 404, error: 'Snapshot not found' }
    instance.content.set('', instance.content.get(restore) ?? '')
    instance.config = { ...snapshot.config }
    if (instance.status === 'Running') this.start(instance)
    return {}
  }

  #snapshot(instance: FakeInstance, name: string): Answer {
    if (instance.snapshots.some((one) => one.name === name))
      return { code: 400, error: `Snapshot "${name}" already exists` }
    instance.content.set(name, instance.content.get('') ?? '')
    instance.snapshots.push({ name, created_at: '2026-01-01T00:00:00Z', config: { ...instance.config } })
    return {}
  }

  #forget(instance: FakeInstance, name: string): Answer {
    const at = instance.snapshots.findIndex((one) => one.name === name)
    if (at === -1) return { code: 404, error: 'Snapshot not found' }
    instance.snapshots.splice(at, 1)
    return {}
  }

  #import({ files = [], headers = {} }: SocketCommand): Answer {
    const properties = Object.fromEntries(new URLSearchParams(headers['x-lxd-properties']))
    this.images.push({
      fingerprint: createHash('sha256').update(JSON.stringify(files)).digest('hex'),
      aliases: [],
      properties,
    })
    return {}
  }

  #create({ name, source, config = {}, devices = {} }: FakeBody): Answer {
    const image = this.images.find(
      ({ fingerprint, aliases, properties }) =>
        aliases.some((alias) => alias.name === source.alias) ||
        (source.fingerprint !== undefined && fingerprint.startsWith(source.fingerprint)) ||
        (source.properties !== undefined &&
          Object.entries(source.properties).every(([key, value]) => properties[key] === value)),
    )
    if (image === undefined) return { code: 404, error: 'Image not found' }
    if (this.instances.has(name)) return { code: 400, error: `Instance "${name}" already exists` }
    this.add(name, { ...config }, { ...devices })
    return {}
  }
}

const shown = ({ name, config, devices, status, last_used_at }: FakeInstance): object => ({
  name,
  config,
  devices,
  status,
  last_used_at,
})

const operation = (description: string, name: string): object => ({
  description,
  resources: { instances: [`/1.0/instances/${name}`] },
})
