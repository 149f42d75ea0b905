/** The look of a table that fills a card. */
export const CARD_TABLE =
  'w-full text-left [&_td]:border-t [&_td]:border-line [&_td]:px-3 [&_td]:py-2 [&_td]:align-top [&_td]:first:pl-4 [&_th]:px-3 [&_th]:pb-1.5 [&_th]:text-sm [&_th]:font-medium [&_th]:whitespace-nowrap [&_th]:text-faint [&_th]:first:pl-4'
