// Training: rows to a judged version.
export { createPause, type EventLoopPause } from './event-loop-pause.ts'
export { TRAINING_PROGRAM } from './program.ts'
export type { Column, Inspection } from './schema.ts'
export { createTraining, type StartOptions, TRAIN_JOB, type Training, type TrainingOptions, type TrainingSettings } from './training.ts'
