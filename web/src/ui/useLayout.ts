import { useMediaQuery } from '@mantine/hooks'

export type Layout = 'phone' | 'tablet' | 'desktop'

/** Phone: one pane at a time. Tablet: list and conversation. Desktop: the customer panel beside them too. */
export function useLayout(): Layout {
  const desktop = useMediaQuery('(min-width: 1280px)', undefined, { getInitialValueInEffect: false })
  const tablet = useMediaQuery('(min-width: 768px)', undefined, { getInitialValueInEffect: false })
  return desktop ? 'desktop' : tablet ? 'tablet' : 'phone'
}
