import { useEffect, useState } from 'preact/hooks'
import type { OpenRecordKind, RecordView } from '#core/record/open.ts'
import { asApiError, get, part } from '../api.ts'
import { Badge } from '../parts/badge.tsx'
import { isSigned } from './check.ts'

type Found =
  | { readonly type: 'right' | 'wrong'; readonly by: string; readonly id: string }
  | { readonly type: 'failed'; readonly why: string }

/** Asks for a record as it was signed, checks the signature in this browser, and says by whom it is. */
export function SignedBy({ kind, recordKey }: { readonly kind: OpenRecordKind; readonly recordKey: string }) {
  const [found, setFound] = useState<Found>()
  useEffect(() => {
    let isOver = false
    void check(kind, recordKey).then((result) => {
      if (!isOver) setFound(result)
    })
    return () => {
      isOver = true
    }
  }, [kind, recordKey])
  if (found === undefined) return <Badge state="checking" tone="busy" />
  if (found.type === 'failed') return <Badge state="not checked" tone="unknown" title={found.why} />
  const { by, id } = found
  return found.type === 'right' ? (
    <Badge state={`signed by ${by} ✓`} tone="ok" title={`checked in this browser against the key of ${id}`} />
  ) : (
    <Badge state={`not signed by ${by}`} tone="error" title={`the signature is not of ${id}`} />
  )
}

async function check(kind: OpenRecordKind, key: string): Promise<Found> {
  try {
    const path = key.split('/').map(part).join('/')
    const record = await get<RecordView>(`/v1/records/${kind}/${path}`)
    if (!globalThis.isSecureContext)
      return { type: 'failed', why: 'browsers check signatures on pages that came by HTTPS only' }
    return { type: (await isSigned(record)) ? 'right' : 'wrong', by: record.authorName, id: record.author }
  } catch (error) {
    return { type: 'failed', why: asApiError(error).message }
  }
}
