// Whether a server can do its work, part by part. Alone in its file, because programs that use Tandem load its type.

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly message?: string }>>
}
