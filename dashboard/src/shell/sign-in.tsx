import { useQueryClient } from '@tanstack/react-query'
import { Eye, EyeOff, LogIn } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { TandemError } from '../../../src/errors.ts'
import { client } from '../client.ts'
import { sessionQuery } from '../session.ts'
import { shellText, signInText } from '../text/shell.ts'
import { Banner } from '../ui/banner.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { Field, Input } from '../ui/field.tsx'
import { Logo } from './navigation.tsx'

/** Takes the place of the page, so that the address stays and the page is there again after signing in. */
export function SignIn({ hint, wasCutOff }: { readonly hint: string; readonly wasCutOff: boolean }): ReactNode {
  const queryClient = useQueryClient()
  const [key, setKey] = useState('')
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    document.title = `${signInText.title} · ${shellText.product}`
  }, [])
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      queryClient.setQueryData(sessionQuery.queryKey, await client.session.signIn(key.trim()))
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  const isWrong = TandemError.is(error) && error.code === 'unauthorized'
  return (
    <main className="mx-auto grid max-w-md gap-6 px-4 pt-[14vh]">
      <Logo />
      {wasCutOff && (
        <Banner tone="info" title={signInText.ended}>
          {signInText.endedHint}
        </Banner>
      )}
      <form onSubmit={(event) => void submit(event)} className="rounded-lg border border-line bg-surface p-5">
        <h1 className="text-xl font-semibold">{signInText.title}</h1>
        <p className="mt-1 mb-4 text-muted">{signInText.intro}</p>
        <Field label={signInText.key} error={isWrong ? error.message : undefined}>
          {(control) => (
            <div className="flex gap-1">
              <Input
                {...control}
                type={shown ? 'text' : 'password'}
                value={key}
                onChange={({ target }) => setKey(target.value)}
                placeholder={signInText.placeholder}
                autoComplete="current-password"
                required
                className="font-mono"
              />
              <IconButton icon={shown ? EyeOff : Eye} label={shown ? signInText.hide : signInText.show} onClick={() => setShown(!shown)} />
            </div>
          )}
        </Field>
        {error !== undefined && !isWrong && <ErrorPanel error={error} />}
        <Button type="submit" tone="primary" icon={LogIn} busy={busy} disabled={key.trim() === ''} className="mt-4 w-full">
          {signInText.submit}
        </Button>
      </form>
      <div className="px-1 text-sm text-muted">
        <p className="font-medium text-text">{signInText.help}</p>
        <p className="mt-1 break-words">
          {hint.split('`').map((part, index) =>
            index % 2 === 1 ? (
              <code key={part} className="rounded-sm border border-line bg-surface px-1 font-mono text-xs">
                {part}
              </code>
            ) : (
              part
            ),
          )}
        </p>
      </div>
    </main>
  )
}
