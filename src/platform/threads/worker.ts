// The program of a worker thread.

import { serveTasks } from './serve-tasks.ts'
import { tasks } from './tasks.ts'

serveTasks(tasks)
