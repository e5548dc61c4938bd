import type { Provider } from '#core/model/resource.ts'

/** What an image is made of, as its engine says without reading it. */
export interface ImageParts {
  /** `sha256:…` of the uncompressed archive of each layer, the lowest first. */
  readonly layers: readonly string[]
  /** What is in it; its archives are a little larger. */
  readonly sizeBytes: number
  /** LXD: so many bytes of it are metadata, the rest is the root file system; absent where both are one file. */
  readonly headBytes?: number
}

/** A file of an image's archive; `bytes` is read to its end, or dropped, before the next file comes. */
export interface ArchiveFile {
  readonly bytes: AsyncIterable<Uint8Array>
}

/** What an image is put together from: files of this host, whose content was checked. */
export interface ImageFiles extends Pick<ImageParts, 'headBytes'> {
  /** The engine's id: `sha256:…` of its configuration; of LXD its fingerprint, `sha256:…` of all of it. */
  readonly id: string
  /** What labs call it; it gets that name where nothing has it here. */
  readonly name: string
  /** The file with that digest. */
  readonly configFile: string
  /** The lowest first; one may come twice. */
  readonly layerFiles: readonly { readonly digest: string; readonly path: string }[]
}

/** Images of one engine of a host, to be handed to other hosts. Rejections are MeshError. */
export interface Images {
  /** Undefined where the image is not here. */
  parts(id: string): Promise<ImageParts | undefined>
  /** Every file of the image's archive; some of them are its configuration and its layers. */
  archive(id: string, signal: AbortSignal): AsyncIterable<ArchiveFile>
  load(image: ImageFiles): Promise<void>
}

/** By engine. */
export type ImageEngines = Readonly<Record<Provider, Images>>
