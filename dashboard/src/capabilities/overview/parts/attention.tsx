import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp, CircleAlert, CircleCheck, CircleX, Info } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { AttentionItem } from '../../../../../src/interfaces/client/index.ts'
import { overviewText } from '../../../text/overview.ts'
import { stateText } from '../../../text/shell.ts'
import { Banner } from '../../../ui/banner.tsx'
import { Button } from '../../../ui/button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { Time } from '../../../ui/time.tsx'

const LOOKS = {
  bad: { icon: CircleX, ground: 'bg-bad-soft', tone: 'text-bad' },
  warn: { icon: CircleAlert, ground: 'bg-warn-soft', tone: 'text-warn' },
  info: { icon: Info, ground: 'bg-accent-soft', tone: 'text-accent' },
} as const

/**
 * What somebody should look at, the worst in one line, the others one press away. The line is there also when all is well, so that
 * nothing on the page moves when something comes up.
 */
export function Attention({ query }: { readonly query: UseQueryResult<readonly AttentionItem[]> }): ReactNode {
  const [open, setOpen] = useState(false)
  const { data: items, error, refetch } = query
  const worst = items?.[0]
  if (open && items !== undefined && items.length > 0) {
    return (
      <section aria-label={overviewText.attention} className="mb-4 grid gap-2">
        {items.map((item) => (
          <Item key={item.id} item={item} />
        ))}
        <div>
          <Button tone="quiet" size="small" icon={ChevronUp} aria-expanded onClick={() => setOpen(false)}>
            {overviewText.fewer}
          </Button>
        </div>
      </section>
    )
  }
  const {
    icon: Icon,
    ground,
    tone,
  } = worst === undefined ? { icon: CircleCheck, ground: 'bg-surface', tone: 'text-good' } : LOOKS[worst.severity]
  return (
    <section
      aria-label={overviewText.attention}
      className={classNames('mb-4 flex h-11 items-center gap-3 rounded-lg border border-line px-4', ground)}
    >
      {items === undefined && error === null && <Skeleton className="h-4 w-64" />}
      {error !== null && items === undefined && (
        <>
          <span className="min-w-0 flex-1 truncate text-muted">{error.message}</span>
          <Button size="small" onClick={() => void refetch()}>
            {stateText.retry}
          </Button>
        </>
      )}
      {items !== undefined && (
        <>
          <Icon size={16} aria-hidden className={classNames('shrink-0', tone)} />
          <p className="min-w-0 flex-1 truncate">
            <span className={worst === undefined ? 'text-muted' : 'font-semibold'}>{worst?.title ?? overviewText.allWell}</span>
            {worst !== undefined && <span className="text-muted max-lg:hidden"> {worst.detail}</span>}
          </p>
        </>
      )}
      {worst !== undefined && (
        <span className="max-sm:hidden">
          <Actions item={worst} most={1} />
        </span>
      )}
      {items !== undefined && items.length > 0 && (
        <Button tone="quiet" size="small" icon={ChevronDown} aria-expanded={false} onClick={() => setOpen(true)} className="-mr-2">
          {items.length === 1 ? overviewText.whole : overviewText.moreAttention(items.length - 1)}
        </Button>
      )}
    </section>
  )
}

function Item({ item }: { readonly item: AttentionItem }): ReactNode {
  return (
    <Banner tone={item.severity} title={item.title} actions={<Actions item={item} most={2} />}>
      {item.detail} {overviewText.since} <Time at={item.since} ago />
    </Banner>
  )
}

function Actions({ item: { actions }, most }: { readonly item: AttentionItem; readonly most: number }): ReactNode {
  return actions.slice(0, most).map(({ label, href }) => (
    <Link key={href} to={href} className={classNames(linkLook, 'shrink-0')}>
      {label}
    </Link>
  ))
}
