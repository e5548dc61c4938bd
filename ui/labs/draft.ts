import type { PlanView } from '#agent/port.ts'
import { post } from '../api.ts'
import type { Attached } from './attached.ts'
import type { TextProblem } from './topology-text.ts'

/** A lab that is being written. */
export interface Draft {
  readonly text: string
  readonly fileName: string
  readonly files: readonly Attached[]
}

const bodyOf = ({ text, fileName, files }: Draft): object => ({
  topology: text,
  ...(fileName === '' ? {} : { fileName }),
  files: files.map(({ path, mode, contentBase64 }) => ({ path, mode, contentBase64 })),
})

export interface Checked {
  readonly valid: boolean
  readonly problems: readonly TextProblem[]
}

/** All mistakes at once, with their lines. */
export const check = (draft: Draft): Promise<Checked> => post<Checked>('/v1/labs/validate', bodyOf(draft))

/** What would come of it now. */
export const plan = (draft: Draft): Promise<PlanView> => post<PlanView>('/v1/labs/plan', bodyOf(draft))

/** Asks for it. */
export const submit = (draft: Draft): Promise<{ readonly lab: string }> => post('/v1/labs', bodyOf(draft))
