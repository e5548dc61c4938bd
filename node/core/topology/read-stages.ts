import type { StageExec, StageName } from '../model/node-parts.ts'
import { STAGES } from '../model/node-parts.ts'
import { supportedEntries } from './check-keys.ts'
import { STAGE_EXEC_KEYS, STAGE_KEYS, STAGE_PHASE_KEYS, STAGES_KEYS, WAIT_KEYS } from './node-keys.ts'
import { readChoice } from './node-values.ts'
import { readWords } from './read-words.ts'
import type { Spot } from './report.ts'
import { asList, asMap, asText, type MapTree, type Reader, type TextTree, type Tree } from './tree.ts'

/** A stage as written: whether the nodes it waits for exist is not known yet. */
interface StageText {
  readonly waitFor: readonly WaitText[]
  readonly exec: readonly (StageExec & { readonly at: Spot })[]
}

interface WaitText {
  readonly node: TextTree
  readonly stage: StageName
}

export type StagesText = ReadonlyMap<StageName, StageText>

/** What is under `stages`. */
export function readStages(tree: Tree, reader: Reader): StagesText | undefined {
  const map = asMap(tree, reader, '`stages`')
  if (map === undefined) return undefined
  const stages = new Map<StageName, StageText>()
  for (const { key, value } of supportedEntries(map, STAGES_KEYS, reader)) {
    const name = STAGES.find((stage) => stage === key)
    const stage = asMap(value, reader, `\`${key}\` of \`stages\``)
    if (name !== undefined && stage !== undefined) stages.set(name, readStage(stage, name, reader))
  }
  return stages
}

function readStage(map: MapTree, name: StageName, reader: Reader): StageText {
  const entries = new Map(supportedEntries(map, STAGE_KEYS, reader).map(({ key, value }) => [key, value]))
  return {
    waitFor: itemsOf(entries.get('wait-for'), reader, '`wait-for`').flatMap((item) => readWait(item, reader) ?? []),
    exec: readExecs(entries.get('exec'), name, reader),
  }
}

/** A list of commands with what is said of each, or lists of commands by phase. */
function readExecs(tree: Tree | undefined, stage: StageName, reader: Reader): StageText['exec'] {
  if (tree?.type !== 'map')
    return itemsOf(tree, reader, '`exec` of a stage').flatMap((item) => readStageExec(item, stage, reader))
  return supportedEntries(tree, STAGE_PHASE_KEYS, reader).flatMap(({ key, keyAt, value }) => {
    const phase = key === 'on-exit' ? 'on-exit' : 'on-enter'
    return (asList(value, reader, `\`${key}\` of \`exec\``)?.items ?? []).flatMap((item) => {
      const argv = readWords(item, reader, `a command of \`${key}\``)
      return argv === undefined ? [] : toExec({ argv, phase, target: 'container', at: keyAt }, stage, reader)
    })
  })
}

/** The maps of a list. */
function itemsOf(tree: Tree | undefined, reader: Reader, what: string): readonly MapTree[] {
  const list = tree === undefined ? undefined : asList(tree, reader, what)
  return (list?.items ?? []).flatMap((item) => asMap(item, reader, `an item of ${what}`) ?? [])
}

function readWait(map: MapTree, reader: Reader): WaitText | undefined {
  const entries = new Map(supportedEntries(map, WAIT_KEYS, reader).map(({ key, value }) => [key, value]))
  const nodeTree = entries.get('node')
  const stageTree = entries.get('stage')
  const node = nodeTree === undefined ? undefined : asText(nodeTree, reader, '`node` of `wait-for`')
  const stage = stageTree === undefined ? undefined : readChoice(stageTree, reader, { what: '`stage`', words: STAGES })
  if (node !== undefined && stage !== undefined) return { node, stage }
  if (nodeTree === undefined || stageTree === undefined) {
    reader.report.error('MISSING', map.at, 'an item of `wait-for` needs `node` and `stage`')
  }
  return undefined
}

function readStageExec(map: MapTree, stage: StageName, reader: Reader): StageText['exec'] {
  const entries = new Map(supportedEntries(map, STAGE_EXEC_KEYS, reader).map(({ key, value }) => [key, value]))
  const choice = <W extends string>(key: string, words: readonly [W, ...W[]]): W | undefined => {
    const tree = entries.get(key)
    return tree === undefined ? words[0] : readChoice(tree, reader, { what: `\`${key}\``, words })
  }
  const commandTree = entries.get('command')
  const argv = commandTree === undefined ? undefined : readWords(commandTree, reader, '`command`')
  const phase = choice('phase', ['on-enter', 'on-exit'])
  const target = choice('target', ['container', 'host'])
  if (commandTree === undefined) reader.report.error('MISSING', map.at, 'an item of `exec` of a stage needs `command`')
  if (argv === undefined || phase === undefined || target === undefined) return []
  return toExec({ argv, phase, target, at: map.at }, stage, reader)
}

/** The command, where there is something to run it in. */
function toExec(exec: StageText['exec'][number], stage: StageName, reader: Reader): StageText['exec'] {
  const hasNone = stage === 'exit' || (stage === 'create' && exec.phase === 'on-enter')
  if (exec.target === 'host' || !hasNone) return [exec]
  const when = stage === 'exit' ? 'when the node has ended' : 'before the container is made'
  const message = `there is no container to run a command in ${when}; it is left out. Give it \`target: host\`, or another stage.`
  reader.report.warn('NOT_SUPPORTED_YET', exec.at, message)
  return []
}

/** All stages of several sections, the more general first: what is waited for once each, commands one after the other. */
export function mergeStages(all: readonly (StagesText | undefined)[]): StagesText {
  const merged = new Map<StageName, StageText>()
  for (const [name, { waitFor, exec }] of all.flatMap((stages) => [...(stages ?? [])])) {
    const before = merged.get(name)
    const waits = [...(before?.waitFor ?? []), ...waitFor].map(
      (wait) => [`${wait.node.text} ${wait.stage}`, wait] as const,
    )
    merged.set(name, { waitFor: [...new Map(waits).values()], exec: [...(before?.exec ?? []), ...exec] })
  }
  return merged
}
