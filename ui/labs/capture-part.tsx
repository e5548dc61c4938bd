import { useEffect, useRef, useState } from 'preact/hooks'
import type { LinkView } from '#agent/port.ts'
import { Button } from '../parts/button.tsx'
import { Field, Select } from '../parts/field.tsx'
import { may } from '../stores.ts'
import { endPath, readStream } from './actions.ts'
import { saveFile } from './download.ts'

/** More is not kept in a page; the command line writes to disk: `skein lab capture`. */
const MAX_BYTES = 64 * 1024 * 1024
const TIMES = [
  { value: '10000', text: '10 s' },
  { value: '60000', text: '1 min' },
  { value: '600000', text: '10 min' },
] as const
type Time = (typeof TIMES)[number]['value']

/** Frames at one end of a link, as a file for Wireshark. */
export function CapturePart({ lab, link }: { readonly lab: string; readonly link: LinkView }) {
  const ends = link.endpoints.map((end) => ({
    value: `${end.node}:${end.interface}`,
    text: `${end.node}:${end.interface}`,
    end,
  }))
  const [at, setAt] = useState(ends[0]?.value ?? '')
  const [filter, setFilter] = useState('')
  const [time, setTime] = useState<Time>('10000')
  const [bytes, setBytes] = useState<number>()
  const stop = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const capture = async (): Promise<void> => {
    const end = ends.find(({ value }) => value === at)?.end
    if (end === undefined) return
    const control = new AbortController()
    stop.current = control
    const pieces: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    setBytes(0)
    const query = new URLSearchParams({ durationMs: time, ...(filter.trim() === '' ? {} : { filter: filter.trim() }) })
    try {
      await readStream(`${endPath(lab, end)}/capture?${query}`, control.signal, (piece) => {
        pieces.push(new Uint8Array(piece))
        size += piece.length
        setBytes(size)
        if (size > MAX_BYTES) control.abort()
      })
    } catch (error) {
      // Stopped by hand, or full: what came is worth keeping.
      if (!control.signal.aborted) throw error
    } finally {
      setBytes(undefined)
      stop.current = undefined
    }
    if (size === 0) throw new Error('Nothing was captured before it was stopped.')
    saveFile(
      `${lab}-${at.replaceAll(/[^\w.-]/g, '-')}.pcap`,
      new Blob(pieces, { type: 'application/vnd.tcpdump.pcap' }),
    )
  }
  return (
    <details class="part">
      <summary>Capture</summary>
      <div class="capture">
        <Select label="At" value={at} options={ends} onChange={setAt} />
        <Select<Time> label="For" value={time} options={TIMES} onChange={(chosen) => setTime(chosen)} />
      </div>
      <Field
        label="Filter"
        value={filter}
        onInput={setFilter}
        hint="As of tcpdump, for example icmp or arp; empty for all."
      />
      <p class="row">
        <Button disabled={!may('operator') || bytes !== undefined} onClick={capture}>
          Capture to a file
        </Button>
        {bytes === undefined ? null : (
          <>
            <Button onClick={() => stop.current?.abort()}>Stop</Button>
            <span class="hint">{bytes} bytes so far</span>
          </>
        )}
      </p>
    </details>
  )
}
