// The program of the thread that draws maps.
import { serveTasks } from '../../../platform/threads/serve-tasks.ts'
import { projectTask } from './project-task.ts'

// Somebody waits for it.
serveTasks({ 'search.project': projectTask }, { nice: 0 })
