// The command palette: pages, models and actions by name. Fetched when it is first opened.
import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { BookOpen, Boxes, Keyboard, type LucideIcon, RefreshCw, Search, SunMoon } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { client } from '../client.ts'
import { queryClient } from '../query-client.ts'
import { useCan } from '../session.ts'
import { keyText, paletteText, shellText } from '../text/shell.ts'
import { switchTheme, useTheme } from '../theme.ts'
import { usePages } from './pages.ts'

interface Command {
  readonly value: string
  readonly label: string
  readonly icon?: LucideIcon
  readonly keys?: string
  readonly run: () => void
}

interface CommandGroup {
  readonly value: string
  readonly items: readonly Command[]
}

export interface PaletteProps {
  readonly onClose: () => void
  readonly onKeys: () => void
}

export function Palette({ onClose, onKeys }: PaletteProps): ReactNode {
  const [query, setQuery] = useState('')
  const groups = useCommands(onKeys)
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="appear fixed inset-0 z-40 bg-shade" />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-start justify-center p-3 sm:pt-[12vh]">
          <Dialog.Popup
            aria-label={paletteText.title}
            className="rise flex max-h-[min(32rem,calc(100dvh-5rem))] w-full max-w-lg flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-popup outline-none"
          >
            <Autocomplete.Root open inline items={groups} value={query} onValueChange={setQuery} autoHighlight="always" keepHighlight>
              <div className="flex h-12 shrink-0 items-center gap-2.5 border-b border-line px-4">
                <Search size={16} aria-hidden className="text-faint" />
                <Autocomplete.Input
                  aria-label={paletteText.title}
                  placeholder={paletteText.placeholder}
                  className="h-full min-w-0 flex-1 bg-transparent text-lg outline-none placeholder:text-faint"
                />
              </div>
              <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
                <Autocomplete.Empty>
                  <div className="px-4 py-6 text-muted empty:hidden">{paletteText.nothing(query)}</div>
                </Autocomplete.Empty>
                <Autocomplete.List className="p-1 empty:p-0">
                  {(group: CommandGroup) => (
                    <Autocomplete.Group key={group.value} items={group.items} className="pb-1">
                      <Autocomplete.GroupLabel className="px-3 pt-2 pb-1 text-xs font-medium text-faint">
                        {group.value}
                      </Autocomplete.GroupLabel>
                      <Autocomplete.Collection>
                        {({ value, label, icon: Icon, keys, run }: Command) => (
                          <Autocomplete.Item
                            key={value}
                            value={{ value, label }}
                            onClick={() => {
                              onClose()
                              run()
                            }}
                            className="flex h-9 scroll-m-1 items-center gap-2.5 rounded-md px-3 outline-none select-none data-highlighted:bg-accent-soft max-sm:h-11"
                          >
                            {Icon && <Icon size={16} aria-hidden className="text-faint" />}
                            <span className="min-w-0 truncate">{label}</span>
                            {keys !== undefined && <kbd className="ml-auto font-mono text-xs text-muted">{keys}</kbd>}
                          </Autocomplete.Item>
                        )}
                      </Autocomplete.Collection>
                    </Autocomplete.Group>
                  )}
                </Autocomplete.List>
              </div>
            </Autocomplete.Root>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function useCommands(onKeys: () => void): readonly CommandGroup[] {
  const router = useRouter()
  const pages = usePages()
  const theme = useTheme()
  const { data: models } = useQuery({
    queryKey: ['models', 'names'],
    queryFn: ({ signal }) => client.listModels({ limit: 200, signal }),
    enabled: useCan('read'),
  })
  return useMemo(() => {
    const groups: readonly CommandGroup[] = [
      {
        value: paletteText.pages,
        items: pages.map(({ path, title, icon, key }) => ({
          value: path,
          label: title,
          icon,
          keys: key && `g ${key}`,
          run: () => void router.navigate({ to: path }),
        })),
      },
      {
        value: paletteText.models,
        items: (models?.items ?? []).map(({ name }) => ({
          value: `model ${name}`,
          label: name,
          icon: Boxes,
          run: () => void router.navigate({ to: '/models/$model', params: { model: name } }),
        })),
      },
      {
        value: paletteText.actions,
        items: [
          { value: 'theme', label: shellText.switchTheme(theme === 'dark' ? 'light' : 'dark'), icon: SunMoon, keys: 't', run: switchTheme },
          {
            value: 'refetch',
            label: keyText.refetch,
            icon: RefreshCw,
            keys: 'r',
            run: () => void queryClient.invalidateQueries({ refetchType: 'active' }),
          },
          { value: 'keys', label: shellText.keyboard, icon: Keyboard, keys: '?', run: onKeys },
          { value: 'docs', label: shellText.apiReference, icon: BookOpen, run: () => location.assign('/docs') },
        ],
      },
    ]
    return groups.filter(({ items }) => items.length > 0)
  }, [router, pages, theme, models, onKeys])
}
