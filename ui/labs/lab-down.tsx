import { ConfirmName } from '../parts/dialog.tsx'
import { takeDown } from './actions.ts'

/** Takes a lab down once its name was typed. `onDone`: it is asked for. */
export const LabDown = ({ lab, onClose, onDone }: { readonly lab: string; onClose(): void; onDone?(): void }) => (
  <ConfirmName
    title={`Take lab ${lab} down`}
    name={lab}
    action="Take it down"
    onClose={onClose}
    run={async () => {
      await takeDown(lab)
      onDone?.()
    }}
  >
    <p>
      Its nodes and links are removed on every host, with all that is only in them. Its topology and saved
      configurations are kept.
    </p>
  </ConfirmName>
)
