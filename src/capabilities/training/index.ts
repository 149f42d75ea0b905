// Training: rows to a judged version.

export type { Comparison } from './comparison/schema.ts'
export { createPause, type EventLoopPause } from './event-loop-pause.ts'
export { ROWS_PROGRAM, TRAINING_PROGRAM } from './program.ts'
export { piecesOf } from './row-source.ts'
export { SHORT_ROW_TASKS } from './row-tasks.ts'
export type { Column, ColumnChoices, Inspection, TableInfo, TableView } from './schema.ts'
export { createTraining, type StartOptions, TRAIN_JOB, type Training, type TrainingOptions, type TrainingSettings } from './training.ts'
