import { CircleX, CloudOff, Lock, RefreshCw, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { TandemError } from '../../../src/errors.ts'
import { useSession } from '../session.ts'
import { remedies, stateText } from '../text/shell.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'

export interface ErrorPanelProps {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly retrying?: boolean
  /** What could not be done, when not loading. */
  readonly title?: string
}

/** What failed, its code, what to do. Stays inside its card: the rest of the page goes on. */
export function ErrorPanel({ error, onRetry, retrying, title }: ErrorPanelProps): ReactNode {
  const session = useSession()
  const known = TandemError.is(error) ? error : undefined
  const code = known?.code ?? (error instanceof Error ? error.name : 'Error')
  const message = error instanceof Error || known !== undefined ? (error as Error).message : String(error)
  const needed = typeof known?.details.needed === 'string' ? known.details.needed : undefined
  const isForbidden = code === 'forbidden' && needed !== undefined
  const Icon = isForbidden ? Lock : code === 'network' ? CloudOff : code.endsWith('not_found') ? SearchX : CircleX
  const heading = isForbidden
    ? stateText.needsScope(needed)
    : (title ?? (code === 'network' ? stateText.unreachable : code.endsWith('not_found') ? stateText.notFound : stateText.failed))
  const explanation = isForbidden ? stateText.needsScopeHint(session?.name ?? null, session?.scopes.join(', ') || 'none') : message
  const remedy = isForbidden ? undefined : remedies[code]
  const requestId = known?.details.requestId
  return (
    <div role="alert" className="flex items-start gap-3 p-4 text-left">
      <Icon size={18} aria-hidden className={isForbidden ? 'mt-px shrink-0 text-faint' : 'mt-px shrink-0 text-bad'} />
      <div className="min-w-0">
        <p className="font-semibold">{heading}</p>
        <p className="mt-1 break-words text-muted">{explanation}</p>
        {remedy !== undefined && <p className="mt-1 text-muted">{remedy}</p>}
        <p className="mt-1 font-mono text-xs text-faint">
          {code}
          {typeof requestId === 'string' && ` · ${stateText.requestId} ${requestId}`}
        </p>
        <div className="mt-3 flex flex-wrap gap-2">
          {onRetry !== undefined && (
            <Button size="small" icon={RefreshCw} onClick={onRetry} busy={retrying}>
              {stateText.retry}
            </Button>
          )}
          <CopyButton size="small" text={() => detailsOf(error)} label={stateText.copyDetails} />
        </div>
      </div>
    </div>
  )
}

function detailsOf(error: unknown): string {
  const known = TandemError.is(error)
    ? { code: error.code, message: error.message, details: error.details, errors: error.errors }
    : { message: String(error) }
  return JSON.stringify({ ...known, page: location.href, at: new Date().toISOString() }, undefined, 2)
}
