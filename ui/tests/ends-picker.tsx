import { useEffect, useState } from 'preact/hooks'
import type { LabView } from '#agent/port.ts'
import type { AttachedView } from '#agent/port-iperf.ts'
import { get } from '../api.ts'
import { labPath } from '../labs/actions.ts'
import { view } from '../stores.ts'
import { usePoll } from './poll.ts'

interface EndsProps {
  readonly ends: readonly string[]
  onChange(ends: readonly string[]): void
}

interface Candidate {
  readonly name: string
  /** Why it cannot be measured now. */
  readonly trouble?: string
}

const EVERY_MS = 15_000
const TROUBLES = { created: 'never registered', offline: 'offline' } as const

/** Who is in the matrix: hosts, nodes of labs, attached machines. */
export function EndsPicker({ ends, onChange }: EndsProps) {
  const { value: machines = [] } = usePoll<readonly AttachedView[]>('/v1/agents', () => EVERY_MS)
  // One that was taken out can be put back.
  const [atFirst] = useState(ends)
  const hosts = (view.value?.hosts ?? []).filter(({ state }) => state !== 'left')
  const pinned = [...new Set([...atFirst, ...ends])].filter((end) => end.includes(':')).map((name) => ({ name }))
  const group = { ends, onChange }
  return (
    <>
      <Group
        {...group}
        title="Hosts"
        all={hosts.map(({ name, state }) => ({ name, ...(state === 'down' ? { trouble: 'down' } : {}) }))}
      />
      {(view.value?.labs ?? []).map(({ name }) => (
        <LabGroup key={name} lab={name} {...group} />
      ))}
      {machines.length === 0 ? null : (
        <Group
          {...group}
          title="Attached machines"
          all={machines.map(({ name, state }) => ({
            name,
            ...(state === 'online' ? {} : { trouble: TROUBLES[state] }),
          }))}
        />
      )}
      {pinned.length === 0 ? null : <Group {...group} title="Interfaces of nodes" all={pinned} />}
    </>
  )
}

/** Nodes of a lab, asked for once somebody looks. */
function LabGroup({ lab, ...group }: EndsProps & { readonly lab: string }) {
  const isIn = group.ends.some((end) => end.startsWith(`${lab}/`))
  const [isOpen, setOpen] = useState(isIn)
  const [nodes, setNodes] = useState<readonly Candidate[]>()
  useEffect(() => {
    if (!isOpen || nodes !== undefined) return
    const named = ({ name, state }: LabView['nodes'][number]): Candidate => ({
      name: `${lab}/${name}`,
      ...(state === 'running' ? {} : { trouble: state }),
    })
    get<LabView>(labPath(lab)).then(
      (found) => setNodes(found.nodes.map(named)),
      () => setNodes([]),
    )
  }, [isOpen])
  return (
    <details class="part" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Lab {lab}</summary>
      {nodes === undefined ? <p class="hint">Asking …</p> : <Group {...group} title={`Nodes of ${lab}`} all={nodes} />}
    </details>
  )
}

interface GroupProps extends EndsProps {
  readonly title: string
  readonly all: readonly Candidate[]
}

function Group({ title, all, ends, onChange }: GroupProps) {
  const set = (name: string, isIn: boolean): void =>
    onChange(isIn ? [...ends, name] : ends.filter((end) => end !== name))
  return (
    <fieldset class="ends">
      <legend>{title}</legend>
      {all.map(({ name, trouble }) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={ends.includes(name)}
            onChange={(event) => set(name, event.currentTarget.checked)}
          />
          {name}
          {trouble === undefined ? null : <span class="hint">({trouble})</span>}
        </label>
      ))}
    </fieldset>
  )
}
