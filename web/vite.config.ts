import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { boot, groups } from './chunks.ts'

// ZHIKE_API names a running server for `npm run dev`.
const server = process.env.ZHIKE_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), boot()],
  resolve: {
    alias: {
      '@locale': fileURLToPath(new URL('../locale', import.meta.url)),
      '@': fileURLToPath(new URL('./src', import.meta.url)),
    },
  },
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
  },
  server: { proxy: { '/api': server } },
  build: {
    target: 'es2022',
    // Everything is a file of its own: the page's policy allows no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: { codeSplitting: { groups: groups() } },
    },
  },
})
