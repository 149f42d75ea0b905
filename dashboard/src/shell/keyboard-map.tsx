import type { ReactNode } from 'react'
import { keyLabels, useAllShortcuts, useSingleKeys } from '../keys.ts'
import { keyText } from '../text/shell.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Check } from '../ui/field.tsx'

export interface KeyboardMapProps {
  readonly onClose: () => void
}

/** Every shortcut that works here and now. */
export function KeyboardMap({ onClose }: KeyboardMapProps): ReactNode {
  const shortcuts = useAllShortcuts()
  const [singleKeys, setSingleKeys] = useSingleKeys()
  const groups = [keyText.goTo, keyText.anywhere, keyText.page, keyText.inTables].filter((name) =>
    shortcuts.some(({ group }) => group === name),
  )
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title={keyText.title}>
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-sm font-medium text-faint">{group}</h3>
            <dl>
              {[
                ...new Map(shortcuts.filter((shortcut) => shortcut.group === group).map((shortcut) => [shortcut.keys, shortcut])).values(),
              ].map(({ keys, label }) => (
                <div key={keys} className="flex items-center justify-between gap-4 py-1">
                  <dt>{label}</dt>
                  <dd className="flex gap-1">
                    {keyLabels(keys).map((key) => (
                      <kbd key={key} className="min-w-6 rounded-sm border border-line bg-sunken px-1.5 py-px text-center font-mono text-xs">
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Check
        label={keyText.singleKeys}
        hint={keyText.singleKeysHint}
        checked={singleKeys}
        onChange={({ target }) => setSingleKeys(target.checked)}
        className="mt-5 border-t border-line pt-4"
      />
    </Dialog>
  )
}
