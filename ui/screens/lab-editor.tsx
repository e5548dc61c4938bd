import { useEffect, useState } from 'preact/hooks'
import type { PlanView } from '#agent/port.ts'
import { part } from '../api.ts'
import { exportOf } from '../labs/actions.ts'
import { readFiles } from '../labs/attached.ts'
import { AttachedFiles } from '../labs/attached-files.tsx'
import { type Checked, check, type Draft, plan as planOf, submit } from '../labs/draft.ts'
import { PlanPart } from '../labs/plan-part.tsx'
import { ProblemList } from '../labs/problem-list.tsx'
import { copyName, renamed, STARTER } from '../labs/topology-text.ts'
import { lazy } from '../lazy.tsx'
import { Button } from '../parts/button.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { navigate, place } from '../router.ts'
import { may, view } from '../stores.ts'
import { done } from '../toasts.ts'
import type { ScreenProps } from './index.ts'
import '../styles/labs.css'

const YamlEditor = lazy(async () => (await import('../labs/yaml-editor.tsx')).YamlEditor)

/** After the last letter typed; a check takes some milliseconds on the host. */
const CHECK_AFTER_MS = 350

/** Writes a lab: its text with its mistakes, what would come of it, and the wish itself. */
export function LabEditorScreen({ params }: ScreenProps) {
  const edited = params.lab
  const from = edited ?? place.value.query.get('from') ?? undefined
  const [draft, setDraft] = useState<Draft | undefined>(
    from === undefined ? { text: STARTER, fileName: '', files: [] } : undefined,
  )
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    if (from === undefined) return
    exportOf(from).then(({ topology, fileName }) => {
      const taken = (view.value?.labs ?? []).map(({ name }) => name)
      const text = edited === undefined ? renamed(topology, copyName(from, taken)) : topology
      setDraft({ text, fileName: edited === undefined ? '' : (fileName?.split('/').at(-1) ?? ''), files: [] })
    }, setError)
  }, [from])
  return (
    <>
      <h1>
        <a href="/labs">Labs</a> <span class="hint">/</span>{' '}
        {edited === undefined ? (from === undefined ? 'New lab' : `Copy of ${from}`) : `Edit ${edited}`}
      </h1>
      {error === undefined ? null : <ErrorBox error={error} />}
      {draft === undefined ? (
        error === undefined ? (
          <p class="loading">Asking this host …</p>
        ) : null
      ) : (
        <Writing draft={draft} onDraft={setDraft} />
      )}
    </>
  )
}

/** Checks what is written, a moment after the last change. */
function useChecked(draft: Draft): readonly [Checked | undefined, unknown] {
  const [checked, setChecked] = useState<Checked>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let isOver = false
    const timer = setTimeout(async () => {
      try {
        const found = await check(draft)
        if (isOver) return
        setChecked(found)
        setError(undefined)
      } catch (problem) {
        if (!isOver) setError(problem)
      }
    }, CHECK_AFTER_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [draft])
  return [checked, error]
}

function Writing({ draft, onDraft }: { readonly draft: Draft; onDraft(draft: Draft): void }) {
  const [checked, checkError] = useChecked(draft)
  const [plan, setPlan] = useState<{ readonly of: Draft; readonly plan: PlanView }>()
  const [error, setError] = useState<unknown>()
  const [go, setGo] = useState<{ readonly line: number; readonly column: number }>()
  const trying = async (call: () => Promise<void>): Promise<void> => {
    setError(undefined)
    await call().catch(setError)
  }
  const add = (files: readonly File[], wantsTopology: boolean): Promise<void> =>
    trying(async () => {
      const { topology, attached } = await readFiles(files, { wantsTopology })
      const others = draft.files.filter(({ path }) => !attached.some((one) => one.path === path))
      const main = topology === undefined ? {} : { text: topology.text, fileName: topology.name }
      onDraft({ ...draft, ...main, files: [...others, ...attached] })
    })
  const up = (): Promise<void> =>
    trying(async () => {
      const { lab } = await submit(draft)
      done(`lab ${lab} is asked for`)
      navigate(`/labs/${part(lab)}`)
    })
  const isPlanned = plan?.of === draft
  return (
    <div class="writing">
      <section
        class="card editor-card"
        aria-label="Topology"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          void add([...(event.dataTransfer?.files ?? [])], true)
        }}
      >
        <div class="row spread">
          <span class="hint">containerlab YAML: write, paste, or drop files here</span>
          <FileButton text="Open file" onFiles={(files) => void add(files, true)} />
        </div>
        <YamlEditor
          text={draft.text}
          onText={(text) => onDraft({ ...draft, text })}
          problems={checked?.problems ?? []}
          go={go}
          label="Topology, YAML"
        />
        <AttachedFiles
          files={draft.files}
          onFiles={(files) => onDraft({ ...draft, files })}
          onAdd={(files) => void add(files, false)}
        />
      </section>
      <div>
        <section class="card">
          <ProblemList
            problems={checked?.problems ?? []}
            isValid={checked?.valid}
            onGo={({ line, column }) => setGo({ line, column })}
          />
          {checkError === undefined ? null : <ErrorBox error={checkError} />}
          <p class="row">
            <Button
              disabled={checked?.valid !== true}
              title="What would be made, changed and removed; nothing is done yet"
              onClick={() => trying(async () => setPlan({ of: draft, plan: await planOf(draft) }))}
            >
              Plan
            </Button>
            <Button
              kind="primary"
              disabled={checked?.valid !== true || !isPlanned || !may('operator')}
              title={isPlanned ? 'Makes it so' : 'Look at the plan first'}
              onClick={up}
            >
              Bring it up
            </Button>
            {plan !== undefined && !isPlanned ? <span class="hint">changed since the plan: plan again</span> : null}
          </p>
          {error === undefined ? null : <ErrorBox error={error} />}
        </section>
        {plan === undefined || !isPlanned ? null : <PlanPart plan={plan.plan} />}
      </div>
    </div>
  )
}

const FileButton = ({ text, onFiles }: { readonly text: string; onFiles(files: readonly File[]): void }) => (
  <label class="button file">
    {text}
    <input
      type="file"
      multiple
      class="hidden"
      onChange={(event) => {
        onFiles([...(event.currentTarget.files ?? [])])
        event.currentTarget.value = ''
      }}
    />
  </label>
)
