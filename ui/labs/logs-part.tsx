import { useEffect, useRef, useState } from 'preact/hooks'
import { ErrorBox } from '../parts/error-box.tsx'
import { nodePath, readStream } from './actions.ts'
import { LogText } from './log-lines.ts'

/** What the node printed, and goes on printing, while this is open. */
export function LogsPart({ lab, node }: { readonly lab: string; readonly node: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="part" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Logs</summary>
      {isOpen ? <Logs lab={lab} node={node} /> : null}
    </details>
  )
}

function Logs({ lab, node }: { readonly lab: string; readonly node: string }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>()
  const box = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    const control = new AbortController()
    const log = new LogText()
    const path = `${nodePath(lab, node)}/logs?follow=true&tail=500`
    readStream(path, control.signal, (piece) => {
      log.add(piece)
      setText(log.text)
    }).catch((problem) => {
      if (!control.signal.aborted) setError(problem)
    })
    return () => control.abort()
  }, [lab, node])
  const isAtEnd = useRef(true)
  useEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight
  }, [text])
  if (error !== undefined) return <ErrorBox error={error} />
  return (
    <textarea
      ref={box}
      class="log"
      readOnly
      rows={12}
      value={text === '' ? 'It has printed nothing yet.' : text}
      aria-label={`What ${node} printed`}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 20
      }}
    />
  )
}
