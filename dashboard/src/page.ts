// What the shell must know of a page, and how its code is fetched.
import { lazyRouteComponent } from '@tanstack/react-router'
import type { LucideIcon } from 'lucide-react'
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

/** A page whose code is fetched when it is opened or pointed at. */
export function lazyPage<Module extends Record<string, unknown>, Name extends keyof Module>(load: () => Promise<Module>, name: Name) {
  const fetchCode = async (): Promise<Module> => {
    try {
      return await load()
    } catch (cause) {
      throw new PageCodeMissing('The code of this page could not be fetched.', { cause })
    }
  }
  // biome-ignore lint/suspicious/noExplicitAny: the router's own bound.
  return lazyRouteComponent(fetchCode as () => Promise<Record<string, any>>, name as string)
}

export function titleOf({ title }: PageData, params: Readonly<Record<string, string>>): string {
  return typeof title === 'string' ? title : title(params)
}
