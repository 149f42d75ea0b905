import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { KeyScope, NewKeyOptions } from '../../../../../src/interfaces/client/index.ts'
import { client } from '../../../client.ts'
import { useSession } from '../../../session.ts'
import { newKeyText, scopeText } from '../../../text/keys.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { CodeBlock } from '../../../ui/code-block.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Check, Field, Input, Select } from '../../../ui/field.tsx'
import { formatExact } from '../../../ui/format.ts'

const SCOPES = Object.keys(scopeText) as KeyScope[]
const FORM = 'new-key'
const DAY_MS = 86_400_000

/** Asks for name, scopes, expiry and limit; then shows the key, once. */
export function NewKeyDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const queryClient = useQueryClient()
  const creation = useMutation({
    mutationFn: (options: NewKeyOptions) => client.keys.create(options),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['keys'] }),
  })
  const made = creation.data
  if (made !== undefined) {
    return (
      <Dialog
        open
        onOpenChange={(open) => open || onClose()}
        title={newKeyText.done}
        description={newKeyText.doneText}
        footer={
          <Button tone="primary" onClick={onClose}>
            {newKeyText.close}
          </Button>
        }
      >
        <div className="grid gap-3">
          <CodeBlock label={newKeyText.key} code={made.key} wrap />
          <CodeBlock label={newKeyText.tryIt} code={sampleOf(made.key, made.record.scopes)} wrap />
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => open || creation.isPending || onClose()}
      title={newKeyText.title}
      footer={
        <>
          <Button onClick={onClose} disabled={creation.isPending}>
            {stateText.cancel}
          </Button>
          <Button tone="primary" type="submit" form={FORM} busy={creation.isPending}>
            {newKeyText.submit}
          </Button>
        </>
      }
    >
      <NewKeyForm onSubmit={(options) => creation.mutate(options)} />
      {creation.error !== null && <ErrorPanel error={creation.error} />}
    </Dialog>
  )
}

function NewKeyForm({ onSubmit }: { readonly onSubmit: (options: NewKeyOptions) => void }): ReactNode {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly KeyScope[]>(['predict'])
  const [days, setDays] = useState('never')
  const [limit, setLimit] = useState('')
  const [tried, setTried] = useState(false)
  const usual = useSession()?.requestLimitPerMinute
  const limitNumber = limit.trim() === '' ? undefined : Number(limit)
  const isLimitRight = limitNumber === undefined || (Number.isInteger(limitNumber) && limitNumber >= 1 && limitNumber <= 1_000_000)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (name.trim() === '' || scopes.length === 0 || !isLimitRight) return
    const expiresAt = days === 'never' ? undefined : new Date(Date.now() + Number(days) * DAY_MS).toISOString()
    onSubmit({ name: name.trim(), scopes, expiresAt, rateLimitPerMinute: limitNumber })
  }
  const toggle = (scope: KeyScope, on: boolean): void => setScopes(on ? [...scopes, scope] : scopes.filter((other) => other !== scope))
  return (
    <form id={FORM} onSubmit={submit} className="grid gap-4">
      <Field label={newKeyText.name} hint={newKeyText.nameHint} required>
        {(control) => (
          <Input
            {...control}
            value={name}
            maxLength={100}
            onChange={({ target }) => setName(target.value)}
            placeholder={newKeyText.namePlaceholder}
          />
        )}
      </Field>
      <fieldset>
        <legend className="mb-1.5 font-medium">{newKeyText.scopes}</legend>
        <div className="grid gap-2">
          {SCOPES.map((scope) => (
            <Check
              key={scope}
              label={scopeText[scope].label}
              hint={scopeText[scope].hint}
              checked={scopes.includes(scope)}
              onChange={({ target }) => toggle(scope, target.checked)}
            />
          ))}
        </div>
        {tried && scopes.length === 0 && (
          <p role="alert" className="mt-1 text-sm text-bad">
            {newKeyText.scopesMissing}
          </p>
        )}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={newKeyText.expires}>
          {(control) => (
            <Select
              {...control}
              value={days}
              onChange={({ target }) => setDays(target.value)}
              // Numbers as names would come first.
              options={['never', '7', '30', '90', '365'].map((value) => ({ value, label: newKeyText.expiries[value as 'never'] }))}
            />
          )}
        </Field>
        <Field
          label={newKeyText.limit}
          hint={newKeyText.limitHint(usual === undefined ? undefined : formatExact(usual))}
          error={tried && !isLimitRight ? newKeyText.limitWrong : undefined}
        >
          {(control) => <Input {...control} inputMode="numeric" value={limit} onChange={({ target }) => setLimit(target.value)} />}
        </Field>
      </div>
    </form>
  )
}

/** A call that this key may make. */
function sampleOf(key: string, scopes: readonly KeyScope[]): string {
  const canRead = scopes.some((scope) => scope === 'read' || scope === 'write' || scope === 'admin')
  return `curl -s ${location.origin}/v1/${canRead ? 'models' : 'session'} -H "Authorization: Bearer ${key}"`
}
