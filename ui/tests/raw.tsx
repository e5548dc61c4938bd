import { useState } from 'preact/hooks'
import type { TestView } from '#agent/port-iperf.ts'
import { get } from '../api.ts'
import { ErrorBox } from '../parts/error-box.tsx'

/** What iperf3 printed, once somebody wants to see it: it stays with the host that ran the client. */
export function Raw({ test: { id, exercise, client } }: { readonly test: TestView }) {
  const [text, setText] = useState<string>()
  const [error, setError] = useState<unknown>()
  const path = `/v1/exercises/${exercise}/tests/${id}/raw`
  const load = async (): Promise<void> => {
    try {
      setText(JSON.stringify(await get<unknown>(path), null, 2))
      setError(undefined)
    } catch (problem) {
      setError(problem)
    }
  }
  return (
    <details class="part" onToggle={(event) => event.currentTarget.open && text === undefined && void load()}>
      <summary>Raw JSON of iperf3</summary>
      {error === undefined ? null : <ErrorBox error={error} />}
      {text === undefined && error === undefined ? <p class="hint">Asking {client.host} …</p> : null}
      {text === undefined ? null : (
        <>
          <p>
            <a href={path} download={`test-${id}.json`}>
              Download
            </a>
          </p>
          <textarea class="log" readOnly rows={16} value={text} aria-label={`Raw JSON of test ${id}`} />
        </>
      )}
    </details>
  )
}
