import { badUsage } from './failures.ts'

/** Whether an argument names something on the web. */
export const isUrl = (argument: string): boolean => /^https?:\/\//i.test(argument)

/** Slow servers answer within seconds; a person waits no longer. */
const TIMEOUT_MS = 30_000

/** Pages of code hosts that show a file, and where the file itself is; their addresses as of 2026. */
const PAGES: readonly { readonly page: RegExp; readonly file: string }[] = [
  {
    page: /^https:\/\/(?:www\.)?github\.com\/([^/]+\/[^/]+)\/(?:blob|raw)\/([^?#]+)/,
    file: 'https://raw.githubusercontent.com/$1/$2',
  },
  { page: /^https:\/\/gitlab\.com\/(.+?)\/-\/blob\/([^?#]+)/, file: 'https://gitlab.com/$1/-/raw/$2' },
  { page: /^https:\/\/gist\.github\.com\/([^/]+\/[0-9a-f]+)\/?$/, file: 'https://gist.githubusercontent.com/$1/raw' },
]

/** The address of the file that a page of a code host shows; any other address as it is. */
export function fileUrl(url: string): string {
  for (const { page, file } of PAGES) {
    const found = page.exec(url)
    if (found !== null) return file.replace(/\$(\d)/g, (_, index: string) => found[Number(index)] ?? '')
  }
  return url
}

/** Fetches a topology; bad usage says why it cannot be had. `name`: of the file. */
export async function fetchTopology(
  url: string,
  limits: { readonly maxBytes: number; readonly timeoutMs?: number },
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  try {
    return await fetchFile(url, limits)
  } catch (error) {
    throw badUsage(
      error instanceof Error ? error.message : String(error),
      'Open it in a browser, or download it and name the file.',
    )
  }
}

/** Fetches a file, at most one byte more than allowed; rejects with why it cannot be had. */
export async function fetchFile(
  url: string,
  limits: { readonly maxBytes: number; readonly timeoutMs?: number },
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  const address = fileUrl(url)
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS) })
    if (!answer.ok) throw new Error(`the server answers ${answer.status} ${answer.statusText}`.trim())
    if (/^text\/html\b/.test(answer.headers.get('content-type') ?? ''))
      throw new Error('it is a web page; name the address of the file itself')
    const bytes = await readLimited(answer, limits.maxBytes)
    return { bytes, name: decodeURIComponent(new URL(address).pathname.split('/').at(-1) ?? '') }
  } catch (error) {
    throw new Error(`cannot fetch ${url}: ${whyNot(error)}`, { cause: error })
  }
}

/** One byte more than allowed is read at most, so that whoever looks at the size sees that it is too much. */
async function readLimited(answer: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes + 1)
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  return error.cause instanceof Error ? error.cause.message : error.message
}
