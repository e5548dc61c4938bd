import type { LabFile } from '../model/lab.ts'

/** What becomes of a file that travels with a lab. */
export interface FileChange {
  readonly path: string
  readonly change: 'create' | 'remove' | 'change' | 'keep'
  readonly why: string
}

/** What differs between two lists of files: the new ones as listed, then those that are gone. */
export function fileChanges(before: readonly LabFile[], after: readonly LabFile[]): readonly FileChange[] {
  const old = new Map(before.map((file) => [file.path, file]))
  const now = new Set(after.map(({ path }) => path))
  return [
    ...after.map((file): FileChange => {
      const was = old.get(file.path)
      if (was === undefined) return { path: file.path, change: 'create', why: 'new' }
      const why = [
        ...(was.sha256 === file.sha256 ? [] : ['has other content']),
        ...(was.mode === file.mode ? [] : [`mode ${octal(was.mode)} → ${octal(file.mode)}`]),
      ].join(', ')
      return { path: file.path, change: why === '' ? 'keep' : 'change', why }
    }),
    ...before
      .filter(({ path }) => !now.has(path))
      .map(({ path }) => ({ path, change: 'remove', why: 'no longer bound' }) as const),
  ]
}

const octal = (mode: number): string => mode.toString(8).padStart(3, '0')
