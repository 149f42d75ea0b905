// The program of an embedding thread.
import { serveTasks } from '../../../platform/threads/serve-tasks.ts'
import { encoderTasks } from './encoder-tasks.ts'

// Somebody waits for each answer, so it runs like the rest of the server.
serveTasks(encoderTasks, { nice: 0 })
