// The program of the thread that fine-tunes.
import { serveTasks } from '../../../platform/threads/serve-tasks.ts'
import { learnTask } from './learn-task.ts'

serveTasks({ 'embeddings.learn': learnTask })
