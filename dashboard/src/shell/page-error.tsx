import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Compass, RefreshCw, Sparkles } from 'lucide-react'
import type { ReactNode } from 'react'
import { useConnection } from '../connection.ts'
import { PageCodeMissing } from '../page.tsx'
import { stateText } from '../text/shell.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'

/** In place of a page that broke, or whose code is gone because the server was updated. The shell around it goes on. */
export function PageError({ error }: ErrorComponentProps): ReactNode {
  const router = useRouter()
  const { state } = useConnection()
  if (error instanceof PageCodeMissing && state !== 'gone') {
    const action = (
      <Button tone="primary" icon={RefreshCw} onClick={() => location.reload()}>
        {stateText.reload}
      </Button>
    )
    return (
      <Empty icon={Sparkles} title={stateText.newVersion} action={action}>
        {stateText.newVersionHint}
      </Empty>
    )
  }
  const isGone = error instanceof PageCodeMissing
  return (
    <div className="rounded-lg border border-line bg-surface">
      <ErrorPanel error={error} title={isGone ? stateText.unreachable : stateText.crashed} onRetry={() => void router.invalidate()} />
      {!isGone && <p className="px-4 pb-4 text-muted">{stateText.crashedHint}</p>}
    </div>
  )
}

/** When the shell itself broke: there is no frame around it. */
export function ShellError(props: ErrorComponentProps): ReactNode {
  return (
    <main className="mx-auto max-w-2xl px-4 pt-[12vh]">
      <PageError {...props} />
    </main>
  )
}

export function PageMissing(): ReactNode {
  return (
    <Empty icon={Compass} title={stateText.unknownPage} action={<ButtonLink to="/">{stateText.back}</ButtonLink>}>
      {stateText.unknownPageHint(location.pathname)}
    </Empty>
  )
}
