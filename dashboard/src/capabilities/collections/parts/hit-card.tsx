// One hit: what was found in it, its score, where else it stands, and why.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import type { AnyDocument, Hit } from '../../../../../src/collections.ts'
import { playgroundText as words } from '../../../text/collections.ts'
import { classNames } from '../../../ui/class-names.ts'
import { formatNumber } from '../../../ui/format.ts'
import { TextLink } from '../../../ui/text-link.tsx'
import type { Mode, PlaygroundSearch } from '../search.ts'
import { titleOf } from './describe-document.ts'
import type { LinkedHit } from './linked-hits.ts'

export interface HitCardProps {
  readonly collection: Collection
  readonly search: PlaygroundSearch
  readonly mode: Mode
  /** From 1. */
  readonly place: number
  readonly hit: Hit<AnyDocument>
  readonly link: LinkedHit | undefined
  readonly isPointed: boolean
  readonly onPoint: (id: string | undefined) => void
}

export function HitCard(props: HitCardProps): ReactNode {
  const { collection, search, mode, place, hit, link, isPointed, onPoint } = props
  const title = titleOf(collection.definition, hit.document)
  const elsewhere = [...(link?.places ?? [])].filter(([other]) => other !== mode)
  return (
    <li
      onPointerEnter={() => onPoint(hit.id)}
      onPointerLeave={() => onPoint(undefined)}
      onFocus={() => onPoint(hit.id)}
      onBlur={() => onPoint(undefined)}
      className={classNames('flex border-t border-line/70', isPointed && 'bg-sunken')}
    >
      <span aria-hidden className="w-1 shrink-0" style={{ background: link?.colour ?? 'transparent' }} />
      <div className="min-w-0 flex-1 px-3 py-2">
        <div className="flex items-baseline gap-2">
          <span className="shrink-0 text-sm text-faint">{place}</span>
          <Link
            from="/collections/$collection"
            to="/collections/$collection"
            search={{ ...search, open: hit.id }}
            resetScroll={false}
            className="min-w-0 flex-1 rounded-sm font-medium break-words text-text hover:text-accent hover:underline"
          >
            {title}
          </Link>
          <span className="shrink-0 text-sm text-muted" title={`${words.score(mode)} ${hit.score}`}>
            {formatNumber(hit.score)}
          </span>
        </div>
        {hit.highlight !== undefined && <Highlight highlight={hit.highlight} title={title} />}
        {elsewhere.length > 0 && (
          <ul aria-label={words.elsewhereLabel} className="mt-1 flex flex-wrap gap-x-3 text-xs text-faint">
            {elsewhere.map(([other, at]) => (
              <li key={other}>{words.elsewhere(at, words.columns[other].title)}</li>
            ))}
          </ul>
        )}
        <Why hit={hit} title={title} collection={collection.name} />
      </div>
    </li>
  )
}

/** The found part with its words marked; left out where it is the title alone. */
function Highlight({
  highlight,
  title,
}: {
  readonly highlight: NonNullable<Hit<AnyDocument>['highlight']>
  readonly title: string
}): ReactNode {
  const { text, marks, cutStart, cutEnd } = highlight
  if (text.trim() === title.trim() && marks.length === 0) return null
  const pieces: ReactNode[] = []
  let at = 0
  for (const [start = 0, end = 0] of marks) {
    pieces.push(
      text.slice(at, start),
      <mark key={start} className="rounded-sm bg-accent-soft px-0.5 font-medium text-text">
        {text.slice(start, end)}
      </mark>,
    )
    at = end
  }
  return (
    <p className="mt-0.5 line-clamp-3 text-sm break-words text-muted">
      {cutStart && '… '}
      {pieces}
      {text.slice(at)}
      {cutEnd && ' …'}
    </p>
  )
}

function Why({
  hit,
  title,
  collection,
}: {
  readonly hit: Hit<AnyDocument>
  readonly title: string
  readonly collection: string
}): ReactNode {
  const { scores, terms = [] } = hit
  const largest = Math.max(...terms.map(({ score }) => score), Number.MIN_VALUE)
  return (
    <details className="mt-1 text-sm">
      <summary className="w-fit cursor-pointer rounded-sm text-xs text-muted hover:text-text">
        {words.why}
        <span className="sr-only">: {title}</span>
      </summary>
      <dl className="mt-1 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-0.5">
        {(['semantic', 'keyword'] as const).map((part) => (
          <div key={part} className="contents">
            <dt className="text-faint">{words.parts[part]}</dt>
            <dd>{typeof scores?.[part] === 'number' ? formatNumber(scores[part]) : words.notInList}</dd>
          </div>
        ))}
      </dl>
      {terms.length > 0 && (
        <>
          <p className="mt-1.5 text-faint">{words.terms}</p>
          <dl className="mt-0.5 grid gap-0.5">
            {terms.map(({ term, score }) => (
              <div key={term} className="grid grid-cols-[minmax(0,7rem)_minmax(0,1fr)_3rem] items-center gap-2">
                <dt className="truncate" title={term}>
                  {term}
                </dt>
                <dd className="contents">
                  <svg viewBox="0 0 100 8" preserveAspectRatio="none" className="h-2 w-full" aria-hidden>
                    <rect width={(Math.max(0, score) / largest) * 100} height={8} fill="var(--series-1)" />
                  </svg>
                  <span className="text-right">{formatNumber(score)}</span>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <p className="mt-1.5">
        <TextLink to="/collections/$collection" params={{ collection }} search={{ like: hit.id }}>
          {words.more}
        </TextLink>
      </p>
    </details>
  )
}
