import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { formatCount } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { languageStatusQuery } from '../queries.ts'

const { columns } = languageText
const TABLE =
  'w-full min-w-160 text-left [&_td]:border-t [&_td]:border-line [&_td]:px-3 [&_td]:py-2 [&_td]:first:pl-4 [&_th]:px-3 [&_th]:pb-1.5 [&_th]:text-sm [&_th]:font-medium [&_th]:whitespace-nowrap [&_th]:text-faint [&_th]:first:pl-4'

/** What answered each task last, and what could. */
export function StatusCard(): ReactNode {
  const query = useQuery(languageStatusQuery)
  return (
    <Card title={languageText.status} subtitle={languageText.statusHint} flush className="xl:col-span-12">
      <Loaded query={query}>
        {({ tasks }) => (
          <ScrollRegion label={languageText.status}>
            <table className={TABLE}>
              <thead>
                <tr>
                  {[columns.task, columns.last, columns.prefer, columns.worker].map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                  {[columns.texts, columns.fallbacks].map((name) => (
                    <th key={name} scope="col" className="text-right">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {tasks.map(({ task, runtime, prefer, python, model, texts, fallbacks }) => (
                  <tr key={task}>
                    <td className="font-medium">{languageText.tasks[task]}</td>
                    <td>{runtime === null ? <span className="text-faint">{languageText.notYet}</span> : languageText.runtimes[runtime]}</td>
                    <td>
                      {model !== null && languageText.ownModel(model)}
                      {languageText.prefers[prefer]}
                    </td>
                    <td>{python === null ? languageText.no : languageText.yes}</td>
                    <td className="text-right">{formatCount(texts)}</td>
                    <td className={fallbacks > 0 ? 'text-right text-warn' : 'text-right'}>{formatCount(fallbacks)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollRegion>
        )}
      </Loaded>
    </Card>
  )
}
