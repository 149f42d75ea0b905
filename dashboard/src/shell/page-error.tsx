import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Compass, RefreshCw, Sparkles } from 'lucide-react'
import type { ReactNode } from 'react'
import { PageCodeMissing } from '../page.ts'
import { stateText } from '../text/shell.ts'
import { Button, ButtonLink } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'

/** In place of a page that broke, or whose code is gone because the server was updated. The shell around it goes on. */
export function PageError({ error }: ErrorComponentProps): ReactNode {
  const router = useRouter()
  if (error instanceof PageCodeMissing) {
    return (
      <Empty
        icon={Sparkles}
        title={stateText.newVersion}
        action={
          <Button tone="primary" icon={RefreshCw} onClick={() => location.reload()}>
            {stateText.reload}
          </Button>
        }
      >
        {stateText.newVersionHint}
      </Empty>
    )
  }
  return (
    <div className="rounded-lg border border-line bg-surface">
      <ErrorPanel error={error} title={stateText.crashed} onRetry={() => void router.invalidate()} />
      <p className="px-4 pb-4 text-muted">{stateText.crashedHint}</p>
    </div>
  )
}

export function PageMissing(): ReactNode {
  return (
    <Empty icon={Compass} title={stateText.unknownPage} action={<ButtonLink to="/">{stateText.back}</ButtonLink>}>
      {stateText.unknownPageHint(location.pathname)}
    </Empty>
  )
}
