import type { Software } from '../model/software.ts'
import { bindOf } from './binds.ts'
import type { NodeFields } from './fields.ts'
import { fillWord, type WordValues } from './kinds/kinds.ts'
import type { VendorKind } from './kinds/vendor-kind.ts'
import { textsOf } from './linux-node.ts'
import { quote, type Spot } from './report.ts'
import type { Reader, TextTree } from './tree.ts'

type Texts = ReadonlyMap<string, TextTree>

/** A node of a vendor's kind before anything is made of it. */
export interface VendorDraft {
  readonly name: string
  readonly at: Spot
  readonly fields: NodeFields
}

/** What the sections say of a node, over what its kind says. */
export function withKind({ name, at, fields }: VendorDraft, kind: VendorKind): NodeFields {
  const asText = (text: string): TextTree => ({ type: 'text', text, at })
  const under = (less: Readonly<Record<string, string>> = {}, more: Texts | undefined): Texts =>
    new Map([...Object.entries(less).map(([key, text]) => [key, asText(text)] as const), ...(more ?? [])])
  const env = under(kind.env, fields.env)
  const type = fields.type?.text ?? kind.type ?? ''
  const values: WordValues = { node: name, type, env: textsOf(env) }
  const words = (list: readonly string[] | undefined): readonly string[] | undefined =>
    list?.map((word) => fillWord(word, values))
  const binds = (kind.binds ?? []).map((text) => bindOf(text, at))
  const taken = new Set((fields.binds ?? []).map(({ target }) => target))
  const [cmd, entrypoint] = [fields.cmd ?? words(kind.cmd), fields.entrypoint ?? words(kind.entrypoint)]
  const user = fields.user ?? (kind.user === undefined ? undefined : asText(kind.user))
  return {
    ...fields,
    env,
    sysctls: under(kind.sysctls, fields.sysctls),
    tmpfs: under(kind.tmpfs, fields.tmpfs),
    binds: [...binds.filter(({ target }) => !taken.has(target)), ...(fields.binds ?? [])],
    ...(type === '' ? {} : { type: asText(type) }),
    ...(cmd === undefined ? {} : { cmd }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(user === undefined ? {} : { user }),
  }
}

/** What hosts are to know of the software in a node. A place for the configuration that a bind covers is the bind's. */
export function softwareOf(draft: VendorDraft, kind: VendorKind, reader: Reader): Software {
  const { boot, hasHealth, licensePath, save, get, console } = kind
  const config = kind.config === undefined ? {} : configPlace(kind.config, draft, reader)
  return {
    kind: draft.fields.kind?.text ?? kind.names[0] ?? '',
    ...(boot === undefined ? {} : { boot }),
    ...(hasHealth === undefined ? {} : { hasHealth }),
    ...config,
    ...(licensePath === undefined ? {} : { licensePath }),
    ...(save === undefined ? {} : { save }),
    ...(get === undefined ? {} : { get }),
    ...(console === undefined ? {} : { console }),
  }
}

/** The place of a configuration, unless a bind covers it, which is a warning. */
export function configPlace(
  place: NonNullable<Software['config']>,
  { name, fields }: VendorDraft,
  reader: Reader,
): Pick<Software, 'config'> {
  const over = (fields.binds ?? []).find(({ target }) => place.path === target || place.path.startsWith(`${target}/`))
  if (over === undefined)
    return { config: { ...place, ...(fields.enforceStartup === true ? { isEnforced: true } : {}) } }
  const message = `the configuration of ${quote(name)} belongs at \`${place.path}\`, which this bind covers: neither a startup nor a saved configuration is put there`
  reader.report.warn('CONFLICT', over.at, message)
  return {}
}
