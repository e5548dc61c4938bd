import { createHash } from 'node:crypto'
import type { Exec, Result, SocketCommand } from '#platform/exec.ts'
import { requestFailure, toolMissing } from '#platform/failure.ts'
import { imageNames } from './image-name.ts'

export interface FakeImage {
  readonly Id: string
  readonly RepoTags: readonly string[]
  readonly RepoDigests?: readonly string[]
  readonly Labels?: Readonly<Record<string, string>>
}

interface FakeBody {
  readonly Image: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly HostConfig?: { readonly NanoCpus?: number; readonly Memory?: number }
}

export interface FakeContainer {
  readonly Id: string
  Name: string
  readonly image: FakeImage
  readonly body: FakeBody
  status: 'created' | 'running' | 'exited' | 'paused' | 'dead'
  pid: number
  startedAt: string
  exitCode: number
  /** Why the last start failed. */
  error?: string
  health?: string
  networkMode?: string
}

/** A toy engine: knows the requests of this driver and throws at any other. Its fields may be looked at and changed. */
export class FakeDocker {
  readonly containers = new Map<string, FakeContainer>()
  readonly images: FakeImage[] = []
  /** What can be pulled. */
  readonly registry = new Set<string>()
  readonly log: SocketCommand[] = []
  readonly exec: Exec
  #starts = 0

  constructor(socket: string) {
    this.exec = {
      run: async (command) => {
        if (!('socket' in command) || command.socket !== socket) throw toolMissing(command)
        this.log.push(command)
        const { code = 200, body = '' } = this.#answer(command)
        const result: Result = { code, stdout: typeof body === 'string' ? body : JSON.stringify(body), stderr: '' }
        const failure = requestFailure(command, result)
        if (failure !== undefined) throw failure
        return result
      },
    }
  }

  /** Puts an image there, as `docker load` does. */
  load(name: string, labels: Readonly<Record<string, string>> = {}): FakeImage {
    const image = { Id: `sha256:${createHash('sha256').update(name).digest('hex')}`, RepoTags: [name], Labels: labels }
    this.images.push(image)
    return image
  }

  /** Makes a container as somebody else would. */
  add(name: string, body: FakeBody): FakeContainer {
    const image = this.images.find(({ RepoTags }) => imageNames(body.Image).includes(RepoTags[0] ?? ''))
    if (image === undefined) throw new Error(`the fake has no image ${body.Image}`)
    const Id = createHash('sha256').update(`${name}${this.containers.size}${this.log.length}`).digest('hex')
    const inherited = { ...body, Labels: { ...image.Labels, ...body.Labels } }
    const container: FakeContainer = {
      Id,
      Name: name,
      image,
      body: inherited,
      status: 'created',
      pid: 0,
      startedAt: '0001-01-01T00:00:00Z',
      exitCode: 0,
    }
    this.containers.set(Id, container)
    return container
  }

  start(container: FakeContainer): void {
    this.#starts += 1
    Object.assign(container, {
      status: 'running',
      pid: 1000 + this.#starts,
      startedAt: `2026-01-01T00:00:00.${String(this.#starts).padStart(9, '0')}Z`,
    })
  }

  #answer(command: SocketCommand): { code?: number; body?: unknown } {
    const url = new URL(command.path, 'http://docker')
    const [, , id = '', verb] = url.pathname.split('/')
    switch (`${command.method} ${url.pathname}`) {
      case 'GET /version':
        return { body: { Version: '20.10.24', ApiVersion: '1.41' } }
      case 'GET /images/json':
        return { body: this.images }
      case 'POST /images/create':
        return this.#pull(url.searchParams)
      case 'GET /containers/json':
        return { body: this.#list(JSON.parse(url.searchParams.get('filters') ?? '{}')) }
      case 'POST /containers/create':
        return this.#create(url.searchParams.get('name') ?? '', command.body as FakeBody)
      default:
        return id !== '' && url.pathname.startsWith('/images/')
          ? this.#image(url.pathname.slice('/images/'.length, -'/json'.length))
          : this.#onContainer(command, id, verb)
    }
  }

  #onContainer(command: SocketCommand, id: string, verb: string | undefined): { code?: number; body?: unknown } {
    const container = this.containers.get(id) ?? [...this.containers.values()].find(({ Name }) => Name === id)
    if (container === undefined) return { code: 404, body: { message: `No such container: ${id}` } }
    switch (`${command.method} ${verb}`) {
      case 'GET json':
        return { body: inspected(container) }
      case 'PUT archive':
        return {}
      case 'POST start':
        if (container.status === 'running') return { code: 304 }
        this.start(container)
        return { code: 204 }
      case 'POST restart':
        this.start(container)
        return { code: 204 }
      case 'POST unpause':
        if (container.status !== 'paused') return { code: 500, body: { message: `Container ${id} is not paused` } }
        container.status = 'running'
        return { code: 204 }
      case 'DELETE undefined':
        this.containers.delete(container.Id)
        return { code: 204 }
      default:
        throw new Error(`the fake docker does not know: ${command.method} ${command.path}`)
    }
  }

  #image(name: string): { code?: number; body?: unknown } {
    const image = this.images.find(({ RepoTags }) => imageNames(name).includes(RepoTags[0] ?? ''))
    return image === undefined ? { code: 404, body: { message: `No such image: ${name}` } } : { body: image }
  }

  #pull(query: URLSearchParams): { code?: number; body?: unknown } {
    const name = `${query.get('fromImage')}:${query.get('tag')}`
    const begun = '{"status":"Pulling"}\r\n'
    if (!this.registry.has(name))
      return { body: `${begun}{"errorDetail":{"message":"x"},"error":"manifest for ${name} not found"}\r\n` }
    this.load(name)
    return { body: `${begun}{"status":"Downloaded newer image for ${name}"}\r\n` }
  }

  #list(filters: { readonly label?: readonly string[]; readonly name?: readonly string[] }): object[] {
    return [...this.containers.values()]
      .filter(({ body }) =>
        (filters.label ?? []).every((wanted) =>
          Object.entries(body.Labels ?? {}).some(([k, v]) => `${k}=${v}` === wanted),
        ),
      )
      .filter(
        ({ Name }) =>
          filters.name === undefined || filters.name.some((pattern) => new RegExp(pattern).test(`/${Name}`)),
      )
      .map(({ Id, Name, image, body, status }) => ({
        Id,
        Names: [`/${Name}`],
        ImageID: image.Id,
        Labels: body.Labels,
        State: status,
      }))
  }

  #create(name: string, body: FakeBody): { code?: number; body?: unknown } {
    if ([...this.containers.values()].some(({ Name }) => Name === name))
      return { code: 409, body: { message: `Conflict. The container name "/${name}" is already in use` } }
    if (!this.images.some(({ RepoTags }) => imageNames(body.Image).includes(RepoTags[0] ?? '')))
      return { code: 404, body: { message: `No such image: ${body.Image}` } }
    return { code: 201, body: { Id: this.add(name, body).Id, Warnings: [] } }
  }
}

const inspected = (container: FakeContainer): object => {
  const {
    Id,
    Name,
    body,
    image,
    status,
    pid,
    startedAt,
    exitCode,
    error = '',
    health,
    networkMode = 'none',
  } = container
  return {
    Id,
    Name: `/${Name}`,
    Image: image.Id,
    Config: { Labels: body.Labels },
    State: {
      ...{ Status: status, Pid: pid, StartedAt: startedAt, ExitCode: exitCode, Error: error },
      ...(health === undefined ? {} : { Health: { Status: health } }),
    },
    HostConfig: {
      NanoCpus: body.HostConfig?.NanoCpus ?? 0,
      Memory: body.HostConfig?.Memory ?? 0,
      NetworkMode: networkMode,
    },
  }
}
