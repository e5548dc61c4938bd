import { Trouble } from '../parts/error-box.tsx'
import { liveState, view, viewAgeMs } from '../stores.ts'
import { ageText } from '../time-text.ts'

/** What must not be overlooked: this host is in the smaller part of a cut mesh, or does not answer. */
export function Banner() {
  const mesh = view.value
  if (liveState.value === 'offline')
    return (
      <div class="banner">
        <Trouble
          what="This host does not answer."
          cause={mesh === null ? 'Nothing was heard of it yet.' : `What is shown is ${ageText(viewAgeMs.value)} old.`}
          next="Open the address of another host of the mesh; the same login works there."
        />
      </div>
    )
  if (mesh === null || mesh.quorum.hasMajority) return null
  const { seen, total } = mesh.quorum
  return (
    <div class="banner">
      <Trouble
        tone="warn"
        what={`${mesh.self.name} sees ${seen} of ${total} hosts: changes on the others wait.`}
        cause="Labs that run go on and repair themselves; what needs a new number or a decision is kept until a majority is there."
        next="Start the hosts that are missing, or mend the network between them."
      />
    </div>
  )
}
