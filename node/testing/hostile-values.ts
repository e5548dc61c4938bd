import fc from 'fast-check'
import { z } from 'zod'

/** The parts of a JSON Schema that schemas of ours come to. */
export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minimum?: number
  readonly maximum?: number
}

/** Texts that people, editors and attackers send where a name is expected. */
const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    'b',
    'one',
    'r1',
    'eth1',
    '1000',
    '901',
    'a'.repeat(300),
    'é\u202e',
    '\u0000',
    '-',
    '--help',
    '$(id)',
    '`id`',
    "' OR 1=1",
  ],
  ...['../../etc/passwd', '..%2f..', '/', '\\', '%00', '{{7*7}}', '<script>', '__proto__', 'constructor', 'toString'],
  ...[
    'nodes: {}',
    'name: one\ntopology:\n  nodes: {r1: {image: x}}',
    'a: &a [*a]',
    '!!js/function x',
    '2026-13-45',
    'null',
  ],
]
const NUMBERS = [0, 1, -1, 0.5, 24, 65_536, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, Number.MIN_VALUE]

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 50 }))
const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
/** Anything JSON can say. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(fc.jsonValue(), text, number, fc.constant([]), fc.constant({}))

/** Values that nearly fit a schema: most parts do, any may not. */
export const nearlyFitting = (schema: z.ZodType): fc.Arbitrary<unknown> =>
  valuesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema)

/** The same of a JSON Schema. */
export const valuesOf = (schema: JsonSchema): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything })

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map(valuesOf))
  switch (schema.type) {
    case 'object':
      return objects(schema)
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), { maxLength: 4 })
    case 'integer':
    case 'number':
      return fc.oneof(number, fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 1))
    case 'boolean':
      return fc.boolean()
    case 'string':
      return text
    default:
      return anything
  }
}

function objects({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<object> {
  const model = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, valuesOf(one)]))
  // Now and then one that is needed is left out.
  const known = fc.boolean().chain((isWhole) => fc.record(model, { requiredKeys: isWhole ? [...required] : [] }))
  const more = fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(text, anything, { maxKeys: 2 }) },
  )
  return fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other }))
}

/** One part of a path or a query, written as it would be sent: rightly, or not. */
export const urlPart: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: text.map((one) => encodeURIComponent(one.toWellFormed())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%zz', '%c0%ae%c0%ae', '..', '.', '%2e%2e%2f', '%ff', ';', '?', '#', '*'),
  },
)

/** Headers that mean something else than the request itself, now and then. */
export const strangeHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Readonly<Record<string, string>>>(
      { 'content-type': 'application/json; charset=utf-7' },
      { 'content-type': 'text/yaml' },
      { 'content-type': 'multipart/form-data' },
      { 'idempotency-key': 'k' },
      { 'idempotency-key': ' ' },
      { 'x-api-version': '0' },
      { accept: 'text/html' },
      { 'x-http-method-override': 'DELETE' },
      { 'content-encoding': 'gzip' },
      { expect: '100-continue' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { cookie: 'skein_session=%00; skein_session=sks1.e30.AA' },
      { authorization: 'Bearer sks1.W10.AAAA' },
      { authorization: 'Basic YTpi' },
      { 'x-forwarded-for': '127.0.0.1' },
      { range: 'bytes=0-1,5-2' },
    ),
  },
)

/** Targets of a request line that lead to a file or a route which was not meant, where somebody tidies them up. */
export const PATH_TRICKS = [
  '/../../../../etc/passwd',
  '/assets/../../../etc/passwd',
  '/assets/..%2f..%2f..%2fetc%2fpasswd',
  '/assets/%2e%2e/%2e%2e/etc/passwd',
  '/assets/....//....//etc/passwd',
  '/assets/%00',
  '//etc/passwd',
  '/v1/../metrics',
  '/v1//labs',
  '/V1/labs',
  '/v1/labs/',
  '/v1/labs%2f..%2fhosts',
  '/v1/records/roster/../../../x',
  'http://other/v1/hosts',
  '*',
] as const
