// Vitest reporter: writes how many tests passed and failed, and each skipped one with its reason, for scripts/test.mjs.
import { writeFileSync } from 'node:fs'

// Vitest constructs a reporter from the default export of its file.
// biome-ignore lint/style/noDefaultExport: see above.
export default class CountTests {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      let failedTests = 0
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') failedTests++
        else if (state === 'skipped') counts.skipped.push({ name: `${module.relativeModuleId} ${test.fullName}`, reason: note })
        // A test that was never run because its file broke off.
        else failedTests++
      }
      // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
      counts.failed += module.ok() ? failedTests : Math.max(1, failedTests)
    }
    writeFileSync(process.env.TANDEM_TEST_COUNTS, JSON.stringify(counts))
  }
}
