import { Toast } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { TandemError } from '../../../src/errors.ts'
import { stateText } from '../text/shell.ts'
import { IconButton } from './button.tsx'

const manager = Toast.createToastManager()

export interface Notice {
  readonly title: string
  readonly detail?: string
  /** Takes back what was done; offered as long as the notice stands. */
  readonly undo?: () => Promise<unknown>
}

/** Says that something was done. With `undo` it stays longer. */
export function notify({ title, detail, undo }: Notice): void {
  const id = manager.add({
    title,
    description: detail,
    type: 'done',
    timeout: undo === undefined ? 5_000 : 12_000,
    actionProps: undo && {
      children: stateText.undo,
      onClick: () => {
        manager.close(id)
        undo().catch((error: unknown) => notifyFailure(stateText.undo, error))
      },
    },
  })
}

/** Says that something asked for could not be done. Stays until it is closed. */
export function notifyFailure(title: string, error: unknown): void {
  const message = error instanceof Error || TandemError.is(error) ? (error as Error).message : String(error)
  manager.add({ title, description: message, type: 'failed', timeout: 0, priority: 'high' })
}

/** Where notices appear; mounted once. */
export function Toasts({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-3 bottom-3 z-50 flex w-[calc(100vw-1.5rem)] flex-col-reverse gap-2 sm:right-6 sm:bottom-6 sm:w-96">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List(): ReactNode {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection="right"
      className="rise rounded-lg border border-line bg-surface shadow-popup data-limited:hidden"
    >
      <Toast.Content className="flex items-start gap-2.5 py-2 pr-1.5 pl-3">
        {toast.type === 'failed' ? (
          <CircleAlert size={16} aria-hidden className="mt-1.5 shrink-0 text-bad" />
        ) : (
          <CircleCheck size={16} aria-hidden className="mt-1.5 shrink-0 text-good" />
        )}
        <div className="min-w-0 flex-1 py-1">
          <Toast.Title className="font-medium" />
          <Toast.Description className="mt-0.5 text-sm break-words text-muted" />
        </div>
        {toast.actionProps !== undefined && (
          <Toast.Action className="h-8 rounded-md px-2 font-medium text-accent hover:bg-sunken max-sm:h-11" />
        )}
        <Toast.Close render={<IconButton icon={X} label={stateText.close} tip={false} />} />
      </Toast.Content>
    </Toast.Root>
  ))
}
