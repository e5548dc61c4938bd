/** A file the topology binds, to be sent along. */
export interface Attached {
  /** Relative to the topology, as it names it. */
  readonly path: string
  readonly mode: number
  readonly contentBase64: string
  readonly sizeBytes: number
}

/** What a host takes of one lab, all files together. */
const MAX_BYTES = 32 * 1024 * 1024

const TOPOLOGY = /\.ya?ml$/i

/** Reads what a reader chose or dropped: the first YAML file is the topology where it is to have one, all others go along. */
export async function readFiles(
  files: readonly File[],
  { wantsTopology }: { readonly wantsTopology: boolean },
): Promise<{
  readonly topology?: { readonly name: string; readonly text: string }
  readonly attached: readonly Attached[]
}> {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  if (size > MAX_BYTES) throw new Error(`These files have ${size} bytes together; a lab may bring ${MAX_BYTES}.`)
  const main = wantsTopology ? files.find(({ name }) => TOPOLOGY.test(name)) : undefined
  const attached = await Promise.all(files.filter((file) => file !== main).map(attach))
  return main === undefined ? { attached } : { topology: { name: main.name, text: await main.text() }, attached }
}

async function attach(file: File): Promise<Attached> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const path = file.webkitRelativePath === '' ? file.name : file.webkitRelativePath
  return { path, mode: path.endsWith('.sh') ? 0o755 : 0o644, contentBase64: base64Of(bytes), sizeBytes: bytes.length }
}

/** `btoa` takes one character for each byte, and calls take only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
