import { stat } from 'node:fs/promises'
import * as z from 'zod'
import type { Bytes, Exec, SocketCommand } from '#platform/exec.ts'
import type { ExplainedRequest } from '#platform/explained.ts'
import type { ImageFiles, Images } from '../images.ts'
import { decodeJson } from '../tool-output.ts'
import { parseImageName } from './image-name.ts'
import { readTar, TAR_END, tarAround } from './tar.ts'

/** Reading an archive of many gigabytes, and unpacking it. */
const LOAD_TIMEOUT_MS = 1_800_000

/** Which engine, and the doors to it. */
export interface DockerImages {
  readonly socket: string
  readonly exec: Exec
  readonly bytes: Bytes
}

const Inspected = z.looseObject({
  Id: z.string(),
  Size: z.number().nullish(),
  RootFS: z.looseObject({ Layers: z.array(z.string()).nullish() }).nullish(),
})

/**
 * Images of a docker engine. What is taken from one and put into another is the form every engine since 1.10 loads: a configuration, whose
 * sha256 is the image's id, and one archive for each layer, whose sha256 the configuration names (`moby/image-spec`, v1.2).
 */
export const createDockerImages = ({ socket, exec, bytes }: DockerImages): Images => {
  const inspect = async (name: string) => {
    const path = `/images/${name}/json`
    const { code, stdout } = await exec.run({ socket, method: 'GET', path, okStatus: [200, 404] })
    return code === 404 ? undefined : decodeJson('docker image', stdout, Inspected)
  }
  return {
    parts: async (id) => {
      const found = await inspect(id)
      // A prefix of an id finds the image too.
      if (found?.Id !== id) return undefined
      return { layers: found.RootFS?.Layers ?? [], sizeBytes: found.Size ?? 0 }
    },
    archive: (id, signal) => readTar(bytes({ socket, method: 'GET', path: `/images/${id}/get` }, signal)),
    load: async (image) => {
      const isFree = (await inspect(image.name)) === undefined
      await exec.run(await loadCommand(socket, image, isFree ? tagOf(image.name) : undefined))
    },
  }
}

/** What the engine calls an image that is named so; undefined where its name is a digest, which it gets from a registry alone. */
const tagOf = (name: string): string | undefined => {
  const { repository, tag, digest } = parseImageName(name)
  return tag === undefined || digest !== undefined ? undefined : `${repository}:${tag}`
}

const plainName = (digest: string): string => digest.replace('sha256:', '')

/** Puts an archive together on the way: only what stands between its files is in memory. */
const loadCommand = async (
  socket: string,
  { id, name, configFile, layerFiles }: ImageFiles,
  tag: string | undefined,
): Promise<ExplainedRequest> => {
  const config = `${plainName(id)}.json`
  const layers = layerFiles.map(({ digest, path }) => ({ name: `${plainName(digest)}.tar`, path }))
  const manifest = [
    { Config: config, RepoTags: tag === undefined ? null : [tag], Layers: layers.map((layer) => layer.name) },
  ]
  const files = new Map([...layers, { name: config, path: configFile }].map((file) => [file.name, file.path]))
  const pieces: NonNullable<SocketCommand['pieces']>[number][] = []
  for (const [file, path] of files) {
    const { head, tail } = await tarAround(file, (await stat(path)).size)
    pieces.push(head, { path }, tail)
  }
  const text = Buffer.from(JSON.stringify(manifest))
  const { head, tail } = await tarAround('manifest.json', text.length)
  return {
    socket,
    method: 'POST',
    path: '/images/load?quiet=1',
    timeoutMs: LOAD_TIMEOUT_MS,
    pieces: [...pieces, head, text, tail, TAR_END],
    failures: { other: { code: 'TOOL_FAILED', message: `image ${name} came whole, and cannot be loaded` } },
  }
}
