// The program of a worker thread that can also train: the pool's own tasks and those of training.
import { serveTasks } from '../../platform/threads/serve-tasks.ts'
import { tasks } from '../../platform/threads/tasks.ts'
import { trainingTasks } from './tasks.ts'

serveTasks({ ...tasks, ...trainingTasks })
