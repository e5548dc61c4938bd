/** The parts of an OpenAPI 3.1 document that the page shows. */
interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, object | undefined>>
}

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name?: string; readonly in?: string; readonly required?: boolean }[]
  readonly requestBody?: unknown
  readonly responses?: unknown
}

const METHODS = ['get', 'post', 'put', 'delete']

/** A page that lists every operation: one file without scripts and styles of others, so that it works offline and under any policy. */
export function docsPage({ info, paths = {} }: Document): string {
  const sections = [...groups(paths)].map(([tag, rows]) => `<h2>${escaped(tag)}</h2>\n${rows.join('\n')}`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)} API</title></head>
<body>
<h1>${escaped(info.title)} API ${escaped(info.version)}</h1>
<p>${escaped(info.description ?? '')} For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${sections.join('\n')}
</body>
</html>
`
}

function groups(paths: NonNullable<Document['paths']>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [path, item] of Object.entries(paths))
    for (const method of METHODS) {
      const operation = (item as Readonly<Record<string, Operation | undefined>> | undefined)?.[method]
      if (operation === undefined) continue
      const tag = operation.tags?.[0] ?? 'other'
      found.set(tag, [...(found.get(tag) ?? []), row(method, path, operation)])
    }
  return found
}

function row(method: string, path: string, { summary, parameters = [], requestBody, responses }: Operation): string {
  const query = parameters.flatMap((one) => (one.in === 'query' && one.name !== undefined ? [one.name] : []))
  const parts = [
    query.length === 0 ? '' : `<p>Query: <code>${escaped(query.join(', '))}</code></p>`,
    requestBody === undefined ? '' : `<p>Body</p>${json(requestBody)}`,
    responses === undefined ? '' : `<p>Answers</p>${json(responses)}`,
  ]
  const title = `<code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(summary ?? '')}`
  return `<details><summary>${title}</summary>${parts.join('')}</details>`
}

const json = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '')
