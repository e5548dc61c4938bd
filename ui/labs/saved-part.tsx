import { useState } from 'preact/hooks'
import type { SavedText } from '#agent/port.ts'
import { ApiError, get, part } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { labPath } from './actions.ts'
import { saveFile } from './download.ts'

/** The configuration that was kept last, once somebody wants to see it. */
export function SavedPart({ lab, node }: { readonly lab: string; readonly node: string }) {
  const [saved, setSaved] = useState<SavedText | null>()
  const [error, setError] = useState<unknown>()
  const load = async (): Promise<void> => {
    try {
      setSaved(await get<SavedText>(`${labPath(lab)}/saves/${part(node)}`))
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 404) setSaved(null)
      else setError(problem)
    }
  }
  return (
    <details class="part" onToggle={(event) => event.currentTarget.open && saved === undefined && void load()}>
      <summary>Saved configuration</summary>
      {error === undefined ? null : <ErrorBox error={error} />}
      {saved === null ? <p class="hint">Nothing was saved of it yet.</p> : null}
      {saved === undefined || saved === null ? null : (
        <>
          <p class="row spread">
            <span class="hint">save {saved.save}</span>
            <Button onClick={() => saveFile(`${lab}-${node}.txt`, new Blob([saved.text]))}>Download</Button>
          </p>
          <textarea class="log" readOnly rows={12} value={saved.text} aria-label={`Saved configuration of ${node}`} />
        </>
      )}
    </details>
  )
}
