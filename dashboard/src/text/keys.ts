// The words of the page of API keys.
import type { KeyScope } from '../../../src/interfaces/client/index.ts'

export const keysText = {
  title: 'API keys',
  facts: 'What may call this server, and what for',
  create: 'Create key',
  columns: {
    name: 'Name',
    status: 'Status',
    scopes: 'Scopes',
    key: 'Key',
    used: 'Last used',
    expires: 'Expires',
    limit: 'Limit',
    actions: 'Actions',
  },
  never: 'Never',
  perMinute: (limit: string) => `${limit}/min`,
  active: 'Active',
  expired: 'Expired',
  expiresSoon: 'Expires soon',
  revoked: 'Revoked',
  thisSession: 'this session',
  empty: 'No key has been created yet',
  emptyHint:
    'Each application gets a key of its own, with the scopes it needs and no more. Then it can be revoked without stopping the others.',
  actionsOf: (name: string) => `Actions of ${name}`,
  copyId: 'Copy id',
  idCopied: 'The id was copied.',
  revoke: 'Revoke key',
  revokeTitle: (name: string) => `Revoke "${name}"?`,
  revokeText: 'Whatever uses it is refused from that moment on, on every server. It cannot be brought back; create a new key instead.',
  revokeSelf: 'You are signed in with this key, so you will be signed out.',
  usedWithin: (when: string) => `It was last used ${when}.`,
  revokedNotice: (name: string) => `"${name}" is revoked.`,
} as const

export const newKeyText = {
  title: 'Create an API key',
  name: 'Name',
  nameHint: 'The application or person that will use it.',
  namePlaceholder: 'web shop',
  scopes: 'Scopes',
  scopesMissing: 'Choose at least one scope.',
  expires: 'Expires',
  expiries: { never: 'Never', '7': 'In 7 days', '30': 'In 30 days', '90': 'In 90 days', '365': 'In a year' },
  limit: 'Requests a minute',
  limitHint: (usual: string | undefined) =>
    usual === undefined ? 'Empty: the limit of the server.' : `Empty: the limit of the server, ${usual}.`,
  limitWrong: 'A whole number from 1 to 1,000,000.',
  submit: 'Create key',
  done: 'Copy the key now',
  doneText: 'It is shown this once. The server keeps only a hash of it and cannot show it again.',
  key: 'API key',
  tryIt: 'Try it',
  close: 'I have copied it',
} as const

export const scopeText: Readonly<Record<KeyScope, { readonly label: string; readonly hint: string }>> = {
  predict: { label: 'predict', hint: 'Ask for predictions and say what came true. What an application needs.' },
  train: { label: 'train', hint: 'Send rows and train models.' },
  read: { label: 'read', hint: 'Look at models, versions, predictions and jobs.' },
  write: { label: 'write', hint: 'Change and delete models, put versions in service, cancel jobs. Includes read.' },
  admin: { label: 'admin', hint: 'Everything, with keys and settings.' },
}
