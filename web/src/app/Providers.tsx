import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { BrowserRouter } from 'react-router'
import { asApiError } from '../api/errors'
import { LanguageProvider } from '../i18n'
import { Toasts } from '../ui/Toasts'
import { ActionsProvider } from './actions'
import { resolver, theme } from './theme'

function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        retry: (count, error) => count < 2 && asApiError(error).temporary,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(queryClient)
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={client}>
          <BrowserRouter>
            <ActionsProvider>
              <Toasts />
              {children}
            </ActionsProvider>
          </BrowserRouter>
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  )
}
