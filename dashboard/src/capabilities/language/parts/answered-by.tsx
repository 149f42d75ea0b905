import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { languageText } from '../../../text/language.ts'

export interface Answered {
  readonly runtime: keyof typeof languageText.runtimes
  readonly model: string
  readonly language: 'en' | 'other' | 'unknown'
}

/** Who answered, and whether it is made for such a text. */
export function AnsweredBy({ answer }: { readonly answer: Answered | undefined }): ReactNode {
  if (answer === undefined) return <span className="text-faint">…</span>
  const { runtime, model, language } = answer
  return (
    <div className="grid gap-0.5">
      <span>{languageText.by(model, languageText.runtimes[runtime])}</span>
      {language === 'other' && (
        <span className="flex items-start gap-1.5 text-warn">
          <CircleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
          {languageText.notEnglish}
        </span>
      )}
      {language === 'unknown' && <span>{languageText.unknownLanguage}</span>}
    </div>
  )
}
