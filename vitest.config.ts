import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['tandem-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['tandem-source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'apps/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make each other wait.
    maxWorkers: 2,
  },
})
