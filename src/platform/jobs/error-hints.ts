// What to do about a job that failed, by the code of its error. The message says what happened; this says where to go on.
import type { ErrorCode } from '../../errors.ts'

const HINTS: Partial<Readonly<Record<ErrorCode, string>>> = {
  invalid_input:
    'Correct the rows or the definition of the model as the message says, then start a new job: trying this one again meets the same rows.',
  invalid_config: 'Correct the setting that the message names, then retry.',
  shape_mismatch: 'Every row needs the same columns. Correct the table, then start a new job with it.',
  too_few_rows: 'Collect more rows, or record outcomes of predictions, then train again.',
  too_few_classes: 'The target has one value only. Add rows of another class, or choose another target column.',
  too_many_rows: 'Train on a sample of the rows, or raise TANDEM_MAX_ROWS.',
  target_missing: 'Add the target column to the rows, or choose a target that is there.',
  memory_limit: 'Train on fewer rows or columns, with fewer trees, or on a machine with more memory.',
  model_not_found: 'The model was deleted meanwhile. Create it again, then start a new job.',
  version_not_found: 'The version was deleted meanwhile. Start a new job.',
  artifact_not_found: 'The rows of this job are no longer stored. Start a new job with them.',
  artifact_damaged: 'A stored file was changed or damaged on the disk. Check the disk, then start a new job with the rows.',
  storage_full: 'Free disk space, or give the database more room, then retry.',
  storage_locked: 'Another process holds the database. Stop it, then retry.',
  dependency_missing: 'Install the package that the message names, then retry.',
  network: 'Check that the other server can be reached, then retry.',
  unavailable: 'Retry; if it fails again, look at `tandem doctor` and the log of the server.',
  timeout: 'Retry when the server has less to do, or give it less at once.',
  internal: 'Retry. If it fails again the fault is in Tandem, or the process was killed: its log says more.',
}

/** Null where the message says all there is to say. */
export function hintOf(code: string): string | null {
  return HINTS[code as ErrorCode] ?? null
}
