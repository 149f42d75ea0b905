#!/usr/bin/env node
// The program `tandem`. Runs when loaded: `npx tandem` starts it, and `npm start` imports it.
import { runCommandLine } from './run-command-line.ts'

void runCommandLine(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
