import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const backend = process.env.SEAX_API ?? 'http://127.0.0.1:8080'

/** The mock server is loaded in `--mode mock` only: neither the build nor `npm run dev` touches it. */
async function mockPlugins(mode: string): Promise<Plugin[]> {
  if (mode !== 'mock') return []
  const { mockServer } = await import('./mock/plugin.ts')
  return [mockServer()]
}

export default defineConfig(async ({ mode }) => ({
  base: '/',
  plugins: [react(), await mockPlugins(mode)],
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: '127.0.0.1',
    proxy:
      mode === 'mock'
        ? undefined
        : {
            '/api': { target: backend },
            '/webchat': { target: backend },
            '/realtime': { target: backend, ws: true },
          },
  },
}))
