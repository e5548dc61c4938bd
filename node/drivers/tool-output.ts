import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Exec, Result } from '#platform/exec.ts'
import type { Probe } from './driver.ts'

/**
 * Decodes what a tool printed. `tool` names the command for the message.
 * Throws MeshError TOOL_FAILED when it is not JSON or not of the shape asked for. No output counts as `[]`: older
 * iproute2 prints nothing where there is nothing.
 */
export const decodeJson = <T>(tool: string, text: string, shape: z.ZodType<T>): T => {
  let json: unknown
  try {
    json = text.trim() === '' ? [] : JSON.parse(text)
  } catch (cause) {
    throw new MeshError('TOOL_FAILED', `${tool} did not print JSON but: ${excerpt(text)}`, { tool }, cause)
  }
  const decoded = shape.safeParse(json)
  if (decoded.success) return decoded.data
  const issue = decoded.error.issues[0]
  const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw new MeshError('TOOL_FAILED', `${tool} printed JSON of an unknown shape${where}: ${excerpt(text)}`, { tool })
}

/** The start of a tool's output, fit for a message. */
const excerpt = (text: string): string => {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line === '' ? 'nothing' : line.length > 120 ? `${line.slice(0, 120)}…` : line
}

/**
 * A driver's `probe`: runs each tool with an argument that prints its version. The first line of the first one is the
 * version. Never rejects.
 */
export const probeTools = async (
  exec: Exec,
  tools: readonly { readonly file: string; readonly args: readonly string[] }[],
): Promise<Probe> => {
  try {
    const results: readonly Result[] = await Promise.all(tools.map((tool) => exec.run({ ...tool, timeoutMs: 5000 })))
    return { ok: true, version: excerpt((results[0]?.stdout || results[0]?.stderr || '').split('\n', 1)[0] ?? '') }
  } catch (error) {
    const hint = error instanceof MeshError ? error.hint : 'Report it with the log of the agent.'
    return { ok: false, message: error instanceof Error ? error.message : String(error), hint }
  }
}

/** One object of `ip -j link` or `ip -j addr`; `ip` prints `{}` for links its filter leaves out. */
export const IpLink = z.looseObject({
  ifindex: z.number(),
  ifname: z.string(),
  /** The other end of a veth: its ifindex in its own namespace. */
  link_index: z.number().optional(),
  /** The same by name, where it is in this namespace. */
  link: z.string().nullish(),
  /** The bridge it is in. */
  master: z.string().optional(),
  flags: z.array(z.string()),
  mtu: z.number(),
  address: z.string().optional(),
  ifalias: z.string().optional(),
  addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).optional(),
})
export type IpLink = z.infer<typeof IpLink>

const IpLinks = z.array(z.union([IpLink, z.strictObject({})]))

/** Output of `ip -j link show …` or `ip -j addr show …`. Throws TOOL_FAILED. */
export const parseIpLinks = (tool: string, text: string): readonly IpLink[] =>
  decodeJson(tool, text, IpLinks).filter((link): link is IpLink => 'ifname' in link)

/** Addresses of a device with prefix length, as the kernel writes them. */
export const addressesOf = (link: IpLink): readonly string[] =>
  (link.addr_info ?? []).flatMap((a) =>
    a.local === undefined || a.prefixlen === undefined ? [] : [`${a.local}/${a.prefixlen}`],
  )
