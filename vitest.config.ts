import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Without `import`: Vitest hands these to Node too, which would then give the ES module of pg-pool to pg's require().
  resolve: { conditions: ['tandem-source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['tandem-source', 'node', 'default'] } },
  test: {
    include: ['src/**/*.test.ts', 'apps/**/*.test.ts', 'test/**/*.test.ts', 'dashboard/**/*.test.ts'],
    // A limit ends what hangs; it must not fail what waits for its turn on a busy machine. No test asserts a time.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    // Two cores: more workers only make each other wait.
    maxWorkers: 2,
  },
})
