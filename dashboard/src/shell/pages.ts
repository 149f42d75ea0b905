// The table of pages as this key may see it.
import { type AnyRoute, useRouter } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { PageData } from '../page.tsx'
import { allows, useSession } from '../session.ts'

export interface NavigationPage extends PageData {
  readonly title: string
  readonly path: string
}

/** The pages of the navigation, in the order of the table. */
export function usePages(): readonly NavigationPage[] {
  const router = useRouter()
  const scopes = useSession()?.scopes
  return useMemo(() => {
    const routes = Object.values(router.routesById as Readonly<Record<string, AnyRoute>>)
    return routes.flatMap(({ fullPath, options }) => {
      const page = options.staticData?.page as PageData | undefined
      if (page?.group === undefined || typeof page.title !== 'string' || !allows(scopes, page.scope)) return []
      return [{ ...page, title: page.title, path: String(fullPath) }]
    })
  }, [router, scopes])
}
