// Lets a training be watched and stopped without a clock: the learners say how much work they do, and after some 10 ms of it
// the control asks whether to stop.

import { TandemError } from '../../errors.ts'

export interface ProgressOptions {
  /** Called with the finished share of the work, 0..1. */
  readonly onProgress?: (fraction: number) => void
  /** Asked about every 10 ms; true stops the training with `canceled`. */
  readonly isCanceled?: () => boolean
}

export interface TrainingControl {
  /** Counts work, in steps of about a nanosecond; throws `canceled` when asked to stop. */
  spend(steps: number): void
  progress(fraction: number): void
}

/** Told of work done, in steps of about a nanosecond; throws `canceled` when asked to stop. */
export type Spend = TrainingControl['spend']

/** Where caches are cold a step takes five times as long. */
const STEPS_BETWEEN_CHECKS = 2e6

/** One control for one training. */
export function createTrainingControl({ onProgress, isCanceled }: ProgressOptions): TrainingControl {
  let left = 0
  return {
    spend(steps) {
      left -= steps
      if (left > 0) return
      left = STEPS_BETWEEN_CHECKS
      stopWhenCanceled({ isCanceled })
    },
    progress(fraction) {
      onProgress?.(fraction)
    },
  }
}

/** Counts work of about `total` steps and, each time it asks whether to stop, tells the share that is done, never all of it. */
export function watchWork(total: number, { onProgress, isCanceled }: ProgressOptions): Spend {
  let done = 0
  const control = createTrainingControl({
    isCanceled() {
      onProgress?.(Math.min(0.99, done / total))
      return isCanceled?.() ?? false
    },
  })
  return (steps) => {
    control.spend(steps)
    done += steps
  }
}

/** @throws `canceled` when asked to stop. */
export function stopWhenCanceled({ isCanceled }: Pick<ProgressOptions, 'isCanceled'>): void {
  if (isCanceled?.()) throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
}
