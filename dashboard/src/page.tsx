// What the shell must know of a page, and how its code is fetched.
import type { AsyncRouteComponent } from '@tanstack/react-router'
import type { LucideIcon } from 'lucide-react'
import { type ComponentType, type ReactNode, use } from 'react'
import type { Scope } from '../../src/endpoint.ts'

export type Group = 'watch' | 'build' | 'admin'

export interface PageData {
  /** In the navigation, the palette and the breadcrumb; a function where it depends on the address. */
  readonly title: string | ((params: Readonly<Record<string, string>>) => string)
  /** Without it the page is absent for this key, not grey. */
  readonly scope: Scope
  /** Places it in the navigation. */
  readonly group?: Group
  readonly icon?: LucideIcon
  /** `g` and this letter opens it. */
  readonly key?: string
  /** Path of the page above it in the breadcrumb, where the address does not nest. */
  readonly parent?: string
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    readonly page?: PageData
  }
}

/** The code of a page could not be fetched: the server was updated, or is gone. */
export class PageCodeMissing extends Error {
  override readonly name = 'PageCodeMissing'
}

const FORGET_FAILURE_MS = 1_000

// biome-ignore lint/suspicious/noExplicitAny: the router's own bound; pages take no properties.
type Page = ComponentType<any>

/**
 * A page, or another part, whose code is fetched when it is first shown or pointed at. What could not be fetched is fetched again
 * at the next try, unlike with React.lazy, and named for what it is.
 */
export function lazyPage<Name extends string>(
  load: () => Promise<{ readonly [key in Name]: Page }>,
  name: Name,
): AsyncRouteComponent<object> {
  let loading: Promise<Page> | undefined
  let loaded: Page | undefined
  const fetchCode = (): Promise<Page> => {
    loading ??= load().then(
      (module) => {
        loaded = module[name]
        return loaded
      },
      (cause) => {
        // Forgotten a little later: React asks once more to learn of the failure, and must not start another try by that.
        setTimeout(() => {
          loading = undefined
        }, FORGET_FAILURE_MS)
        throw new PageCodeMissing('The code of this page could not be fetched.', { cause })
      },
    )
    return loading
  }
  const LazyPage = (properties: object): ReactNode => {
    const Loaded = loaded ?? use(fetchCode())
    return <Loaded {...properties} />
  }
  LazyPage.preload = async () => void (await fetchCode())
  return LazyPage
}

export function titleOf({ title }: PageData, params: Readonly<Record<string, string>>): string {
  return typeof title === 'string' ? title : title(params)
}
