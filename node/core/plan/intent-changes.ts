import type { LabIntent } from '../model/lab.ts'
import { compareText } from '../record/version.ts'
import { changedKeys, keyText } from './changed-keys.ts'
import { fileChanges } from './file-changes.ts'

/** One node, link or file in which two intents differ. */
export interface IntentChange {
  readonly name: string
  readonly change: 'create' | 'change' | 'remove'
  readonly why: string
}

export interface IntentChanges {
  readonly nodes: readonly IntentChange[]
  readonly links: readonly IntentChange[]
  readonly files: readonly IntentChange[]
}

/** What differs between two intents, whatever comes of it. */
export const intentChanges = (before: LabIntent, after: LabIntent): IntentChanges => ({
  nodes: changesOf(
    byName(before.nodes, ({ name }) => name),
    byName(after.nodes, ({ name }) => name),
  ),
  links: changesOf(
    byName(before.links, ({ id }) => id),
    byName(after.links, ({ id }) => id),
  ),
  files: fileChanges(before.files, after.files).flatMap(({ path, change, why }) =>
    change === 'keep' ? [] : [{ name: path, change, why }],
  ),
})

const byName = <T extends object>(items: readonly T[], name: (item: T) => string): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [name(item), item]))

const changesOf = (before: ReadonlyMap<string, object>, after: ReadonlyMap<string, object>): readonly IntentChange[] =>
  [...new Set([...before.keys(), ...after.keys()])].toSorted(compareText).flatMap((name): readonly IntentChange[] => {
    const [was, now] = [before.get(name), after.get(name)]
    if (was === undefined) return [{ name, change: 'create', why: '' }]
    if (now === undefined) return [{ name, change: 'remove', why: '' }]
    const why = keyText(changedKeys(was, now))
    return why === '' ? [] : [{ name, change: 'change', why }]
  })
