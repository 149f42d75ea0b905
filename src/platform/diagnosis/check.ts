// What a look at one part found, for `tandem doctor` and for the dashboard.

export interface Check {
  readonly status: 'ok' | 'warning' | 'failed'
  readonly name: string
  readonly message: string
  readonly remedy?: string
}
