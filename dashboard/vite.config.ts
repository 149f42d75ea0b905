// Builds the dashboard into dist/dashboard, where the server finds it; `npm run dashboard:dev` serves it beside a running server.
import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const server = `http://127.0.0.1:${process.env.TANDEM_PORT ?? 4700}`

export default defineConfig({
  root: at('.'),
  plugins: [react(), tailwind()],
  resolve: { conditions: ['tandem-source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: at('../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    // The policy forbids inline scripts, and data: only for images; a file of its own is cached by its hash.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    // The host header stays the browser's, so that the server sees its own page and the session cookie counts.
    proxy: Object.fromEntries(
      ['/v1', '/v2', '/health', '/docs', '/openapi.json', '/errors', '/metrics'].map((path) => [path, { target: server, ws: true }]),
    ),
  },
})
