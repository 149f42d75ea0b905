import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { LanguageClient } from '../../../../../src/interfaces/client/index.ts'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { formatShare } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { AnsweredBy } from './answered-by.tsx'

type Entities = Awaited<ReturnType<LanguageClient['entities']>>
type Entity = Entities['entities'][number]

/** Those that matter most have a colour of their own; the word beside each says the type. */
const COLOURS: Readonly<Record<string, string>> = {
  person: 'var(--series-1)',
  location: 'var(--series-3)',
  organization: 'var(--series-2)',
}
const OTHER = 'var(--series-6)'
/** A page of text; what follows is not drawn. */
const MOST_SHOWN = 20_000

/** The text itself with what was found in it. */
export function EntitiesCard({ text, query }: { readonly text: string; readonly query: UseQueryResult<Entities> }): ReactNode {
  return (
    <Card
      title={languageText.entities}
      subtitle={languageText.entitiesHint}
      footer={<AnsweredBy answer={query.data} />}
      className="lg:col-span-2"
    >
      <Loaded query={query}>
        {({ entities }) => (
          <>
            <p className="max-h-160 overflow-y-auto leading-8 break-words whitespace-pre-wrap">
              {piecesOf(text.slice(0, MOST_SHOWN), entities).map((piece) =>
                typeof piece === 'string' ? piece : <Marked key={piece.start} entity={piece} />,
              )}
            </p>
            {entities.length === 0 && <p className="mt-2 text-muted">{languageText.noEntities}</p>}
          </>
        )}
      </Loaded>
    </Card>
  )
}

function Marked({ entity: { text, type, score } }: { readonly entity: Entity }): ReactNode {
  const colour = COLOURS[type] ?? OTHER
  return (
    <mark className="rounded-sm bg-sunken px-1 pt-0.5 text-text" style={{ boxShadow: `inset 0 -2px ${colour}` }}>
      {text}
      <span className="ml-1.5 text-xs text-muted">
        {type.replaceAll('_', ' ')}
        {score !== null && ` ${formatShare(score, 0)}`}
      </span>
    </mark>
  )
}

function piecesOf(text: string, entities: readonly Entity[]): (string | Entity)[] {
  const pieces: (string | Entity)[] = []
  let from = 0
  for (const entity of entities) {
    if (entity.start < from || entity.end > text.length) continue
    if (entity.start > from) pieces.push(text.slice(from, entity.start))
    pieces.push(entity)
    from = entity.end
  }
  pieces.push(text.slice(from))
  return pieces
}
