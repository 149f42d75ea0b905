import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { stateText } from '../text/shell.ts'
import { Button, IconButton } from './button.tsx'
import { classNames } from './class-names.ts'
import { ErrorPanel } from './error-panel.tsx'

export interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** Buttons at the lower right. */
  readonly footer?: ReactNode
  readonly size?: 'normal' | 'wide'
}

const BACKDROP = 'appear fixed inset-0 z-40 bg-shade'

export function Dialog({ open, onOpenChange, title, description, children, footer, size = 'normal' }: DialogProps): ReactNode {
  const popup = useRef<HTMLDivElement>(null)
  // The first field, where there is one; the dialog itself rather than its cross.
  const first = (): HTMLElement | null =>
    popup.current?.querySelector<HTMLElement>('[data-body] :is(input, select, textarea, [data-autofocus])') ?? popup.current
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Viewport className="fixed inset-0 z-40 grid items-start justify-items-center overflow-y-auto p-3 sm:pt-[12vh]">
          <Base.Popup
            ref={popup}
            initialFocus={first}
            className={classNames(
              'rise w-full rounded-lg border border-line bg-surface shadow-popup outline-none',
              size === 'wide' ? 'max-w-3xl' : 'max-w-lg',
            )}
          >
            <div className="flex items-start gap-2 px-4 pt-3">
              <div className="min-w-0 flex-1 py-1">
                <Base.Title className="text-lg font-semibold">{title}</Base.Title>
                {description !== undefined && <Base.Description className="mt-0.5 text-muted">{description}</Base.Description>}
              </div>
              <Base.Close render={<IconButton icon={X} label={stateText.close} tip={false} className="-mr-1.5" />} />
            </div>
            <div data-body className="px-4 pt-2 pb-4">
              {children}
            </div>
            {footer !== undefined && <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}

export interface ConfirmDialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  /** A question. */
  readonly title: string
  /** What happens then, and whether it can be undone. */
  readonly children: ReactNode
  /** The verb, such as "Revoke key". */
  readonly confirm: string
  readonly danger?: boolean
  /** Closes when it is done; an error stays in the dialog. */
  readonly onConfirm: () => Promise<unknown>
}

export function ConfirmDialog({ open, onOpenChange, title, children, confirm, danger = false, onConfirm }: ConfirmDialogProps): ReactNode {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const change = (next: boolean): void => {
    if (busy) return
    setError(undefined)
    onOpenChange(next)
  }
  const run = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await onConfirm()
      onOpenChange(false)
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={title}
      footer={
        <>
          <Button onClick={() => change(false)} disabled={busy}>
            {stateText.cancel}
          </Button>
          <Button tone={danger ? 'danger' : 'primary'} busy={busy} onClick={() => void run()}>
            {confirm}
          </Button>
        </>
      }
    >
      <div className="text-muted">{children}</div>
      {error !== undefined && <ErrorPanel error={error} title={`${confirm}: this did not work`} />}
    </Dialog>
  )
}

export interface SideSheetProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly tools?: ReactNode
  readonly children: ReactNode
}

/** A panel at the right that leaves the page beside it usable; for inspecting one row of a table. */
export function SideSheet({ open, onClose, title, tools, children }: SideSheetProps): ReactNode {
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()} modal={false} disablePointerDismissal>
      <Base.Portal>
        <Base.Popup
          data-beside
          className="slide fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line bg-surface shadow-popup outline-none sm:w-[30rem]"
        >
          <div className="flex h-12 shrink-0 items-center gap-1 border-b border-line pr-2 pl-4">
            <Base.Title className="min-w-0 flex-1 truncate font-semibold">{title}</Base.Title>
            {tools}
            <Base.Close render={<IconButton icon={X} label={stateText.close} tip={false} />} />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
