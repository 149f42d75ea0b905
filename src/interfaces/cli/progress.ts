// Progress of long work on standard error: a bar that moves on a terminal, a line now and then elsewhere, nothing with --json.
import { cut } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface Progress {
  update(fraction: number, message: string | null): void
  /** Removes the bar. */
  end(): void
}

const BAR_CELLS = 28
/** Lines without a terminal: not more often than each tenth. */
const LINE_STEP = 0.1

export function createProgress(terminal: Terminal): Progress {
  if (terminal.json) return { update: () => {}, end: () => {} }
  return terminal.progressBar ? createBar(terminal) : createLines(terminal)
}

function createBar(terminal: Terminal): Progress {
  let drawn = ''
  return {
    update(fraction, message) {
      const full = Math.round(clamp(fraction) * BAR_CELLS)
      const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`
      const line = cut(`${bar} ${percent(fraction)}  ${message ?? ''}`, (process.stderr.columns ?? 80) - 1)
      if (line === drawn) return
      drawn = line
      terminal.writeNote(`\r\u001b[2K${line}`)
    },
    end() {
      if (drawn !== '') terminal.writeNote('\r\u001b[2K')
      drawn = ''
    },
  }
}

function createLines(terminal: Terminal): Progress {
  let told = -1
  return {
    update(fraction, message) {
      const step = Math.floor(clamp(fraction) / LINE_STEP)
      if (step <= told) return
      told = step
      terminal.note(`${percent(fraction)}  ${message ?? ''}`.trimEnd())
    },
    end: () => {},
  }
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction))
const percent = (fraction: number): string => `${Math.floor(clamp(fraction) * 100)} %`.padStart(5)
