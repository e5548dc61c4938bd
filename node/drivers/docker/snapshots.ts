import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import { LAB_NAME, type LabName, NODE_NAME, type NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import { MARK_KEY } from '../owner-mark.ts'
import type { NodeSnapshot, Snapshots } from '../snapshots.ts'
import { decodeJson } from '../tool-output.ts'
import { hasAllCapabilities } from './capabilities.ts'
import { type DockerOptions, restoreCommands } from './commands.ts'

/** Copying what a container wrote takes as long as there is of it. */
const COMMIT_TIMEOUT_MS = 600_000

const LABEL = {
  /** The name of the snapshot; what makes the image one. */
  name: `${MARK_KEY}.snapshot`,
  lab: `${MARK_KEY}.snapshot.lab`,
  node: `${MARK_KEY}.snapshot.node`,
} as const

const Listed = z.array(
  z.looseObject({
    Id: z.string(),
    Created: z.number().nullish(),
    Size: z.number().nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
    RepoTags: z.array(z.string()).nullish(),
  }),
)

interface Kept extends NodeSnapshot {
  readonly id: string
  readonly lab: LabName
  /** False once it was deleted while a container still stood on it. */
  readonly isNamed: boolean
}

/** Status where a container still stands on an image. */
const IN_USE = 409

/** Names of images have small letters only, names of labs and nodes have all: hence a digest. */
const repository = (lab: LabName, node: NodeName): string =>
  `skein-snapshot/${createHash('sha256').update(`${lab}/${node}`).digest('hex').slice(0, 16)}`

/** Snapshots of containers as images with a mark of ours (`docker commit`); what is bound or a volume is not in them. */
export const createDockerSnapshots = (exec: Exec, { socket }: Pick<DockerOptions, 'socket'>): Snapshots => {
  const options = {
    socket,
    ipv6: existsSync('/proc/sys/net/ipv6'),
    grantsAll: hasAllCapabilities(),
    isAlive: () => true,
  }
  const all = async (): Promise<readonly Kept[]> => {
    const query = new URLSearchParams({ filters: JSON.stringify({ label: [LABEL.name] }) })
    return parseKept((await exec.run({ socket, method: 'GET', path: `/images/json?${query}` })).stdout)
  }
  return {
    provider: 'docker',
    take: async (workload, name) => void (await exec.run(commit(socket, workload, name))),
    restore: async (workload, name) => {
      const { lab, node } = workload
      const found = (await all()).find(
        (one) => one.isNamed && one.lab === lab && one.node === node && one.name === name,
      )
      if (found === undefined) throw new MeshError('NOT_FOUND', `node ${node} has no snapshot ${name}`)
      for (const command of restoreCommands(options, workload, found.id)) await exec.run(command)
    },
    list: async (lab) =>
      (await all())
        .filter((one) => one.isNamed && one.lab === lab)
        .map(({ node, name, createdMs, sizeBytes }) => ({ node, name, createdMs, sizeBytes })),
    remove: async ({ lab, node }, name) => void (await exec.run(untag(socket, `${repository(lab, node)}:${name}`))),
    keepOnly: async (mayGo) => {
      // The newest first: one may stand on an older one.
      const going = (await all()).filter(({ lab }) => mayGo(lab)).toSorted((a, b) => b.createdMs - a.createdMs)
      let isAll = true
      for (const { id } of going) isAll = (await exec.run(untag(socket, id))).code !== IN_USE && isAll
      return isAll
    },
  }
}

/** The container stands still meanwhile: half-written files would be in the image for ever. */
const commit = (socket: string, workload: Workload, name: string): ExplainedRequest => {
  const { lab, node } = workload
  const labels = Object.entries({ [LABEL.name]: name, [LABEL.lab]: lab, [LABEL.node]: node })
  const query = new URLSearchParams({
    container: workload.containerId ?? workload.containerName,
    repo: repository(lab, node),
    tag: name,
    pause: '1',
    changes: labels.map(([key, value]) => `LABEL "${key}"="${value}"`).join('\n'),
  })
  return {
    socket,
    method: 'POST',
    path: `/commit?${query}`,
    timeoutMs: COMMIT_TIMEOUT_MS,
    failures: { other: { code: 'TOOL_FAILED', message: `cannot take snapshot ${name} of ${node}` } },
  }
}

/** Of an image that a container stands on only the name goes; the rest goes with the lab. Gone already (404) is as good. */
const untag = (socket: string, image: string): ExplainedRequest => ({
  socket,
  method: 'DELETE',
  path: `/images/${encodeURIComponent(image)}?force=1`,
  okStatus: [200, 404, IN_USE],
  failures: { other: { code: 'TOOL_FAILED', message: `cannot remove the image ${image} of a snapshot` } },
})

const parseKept = (text: string): readonly Kept[] =>
  decodeJson('docker images', text, Listed).flatMap(({ Id, Created, Size, Labels, RepoTags }) => {
    const { [LABEL.name]: name, [LABEL.lab]: lab = '', [LABEL.node]: node = '' } = Labels ?? {}
    if (name === undefined || !LAB_NAME.test(lab) || !NODE_NAME.test(node)) return []
    const own = `${repository(lab as LabName, node as NodeName)}:${name}`
    return [
      {
        id: Id,
        lab: lab as LabName,
        node: node as NodeName,
        name,
        createdMs: (Created ?? 0) * 1000,
        sizeBytes: Size ?? null,
        isNamed: (RepoTags ?? []).includes(own),
      },
    ]
  })
