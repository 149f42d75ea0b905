import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Without `import`: Vitest hands these to Node too, which would then give the ES module of pg-pool to pg's require().
  resolve: { conditions: ['tandem-source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['tandem-source', 'node', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'apps/**/*.test.ts', 'test/**/*.test.ts', 'dashboard/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make each other wait.
    maxWorkers: 2,
  },
})
