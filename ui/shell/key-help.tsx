import { Dialog } from '../parts/dialog.tsx'
import { singleKeys } from '../settings.ts'
import { bindings } from '../shortcuts.ts'

const OTHERS = [
  { keys: 'Esc', what: 'close what is open' },
  { keys: 'Enter', what: 'open the row that has the focus' },
]

/** What the keyboard does here. */
export function KeyHelp({ onClose }: { onClose(): void }) {
  const rows = [...bindings.value, ...OTHERS]
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {rows.map(({ keys, what }) => (
          <div key={keys + what}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key.replace('+k', ' K')}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => {
            singleKeys.value = event.currentTarget.checked
          }}
        />
        Single keys do something
      </label>
    </Dialog>
  )
}
