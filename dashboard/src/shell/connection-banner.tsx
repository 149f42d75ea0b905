import { type ReactNode, useEffect, useRef } from 'react'
import { useConnection } from '../connection.ts'
import { connectNow } from '../live.ts'
import { shellText } from '../text/shell.ts'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { formatDuration } from '../ui/format.ts'
import { formatClock } from '../ui/format-time.ts'
import { notify } from '../ui/toast.tsx'
import { useNow } from '../ui/use-now.ts'

/** Says that the server is gone while it is. It stands over the page, so that nothing moves when it comes and goes. */
export function ConnectionBanner(): ReactNode {
  const { state, since, heardAt } = useConnection()
  const isGone = state === 'gone'
  const now = useNow(isGone)
  const wasGone = useRef(false)
  useEffect(() => {
    if (wasGone.current && state === 'live') notify({ title: shellText.backAgain })
    if (state === 'live' || state === 'gone') wasGone.current = isGone
  }, [state, isGone])
  if (!isGone) return null
  return (
    <div className="fixed inset-x-3 bottom-3 z-30 mx-auto max-w-2xl">
      <Banner
        tone="bad"
        title={shellText.gone(
          `${formatClock(since)} ${shellText.zone}`,
          formatDuration(Math.max(1_000, Math.round((now - (heardAt ?? since)) / 1000) * 1000)),
        )}
        className="rise shadow-popup"
        actions={
          <Button size="small" onClick={connectNow}>
            {shellText.tryNow}
          </Button>
        }
      >
        {shellText.goneHint}
      </Banner>
    </div>
  )
}
