import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const backend = process.env.SEAX_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: backend },
      '/webchat': { target: backend },
      '/realtime': { target: backend, ws: true },
    },
  },
})
