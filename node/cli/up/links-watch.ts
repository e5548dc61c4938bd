import type { CliIo } from '../io.ts'
import type { LabShape, LinkShape } from '../lab-shapes.ts'
import { brief } from './progress.ts'

/** To the first line, and erase all below: ECMA-48 §8.3.21, §8.3.39. */
const FROM_THE_TOP = '\u001b[H\u001b[J'

/** Shows the links of a lab as they change. */
export interface LinksWatch {
  /** True once a lab was shown. */
  readonly isBegun: boolean
  show(view: LabShape): undefined
  /** The agent does not answer: said once. */
  absent(): undefined
  /** The lab is not there any more. */
  gone(lab: string): 'done'
}

/** A table that is written over where `table` is given, a JSON line for each link that changed otherwise. */
export function createLinksWatch(io: CliIo, table?: (links: readonly LinkShape[]) => string): LinksWatch {
  let before = new Map<string, string>()
  let drawn = ''
  let isAbsent = false
  let isBegun = false
  const back = (): void => {
    if (isAbsent) io.err('the agent answers again\n')
    isAbsent = false
  }
  return {
    get isBegun() {
      return isBegun
    },
    show(view) {
      back()
      isBegun = true
      if (table !== undefined) {
        const text = `${brief(view)}\n\n${table(view.links)}`
        if (text !== drawn) io.out(`${FROM_THE_TOP}${text}`)
        drawn = text
        return undefined
      }
      const now = new Map(view.links.map((link) => [link.id, JSON.stringify({ lab: view.name, ...link })]))
      for (const [id, line] of now) if (before.get(id) !== line) io.out(`${line}\n`)
      for (const id of before.keys())
        if (!now.has(id)) io.out(`${JSON.stringify({ lab: view.name, id, state: 'removed' })}\n`)
      before = now
      return undefined
    },
    absent() {
      if (!isAbsent) io.err('the agent does not answer; waiting for it\n')
      isAbsent = true
      drawn = ''
      return undefined
    },
    gone(lab) {
      io.err(`lab ${lab} is down\n`)
      return 'done'
    },
  }
}
