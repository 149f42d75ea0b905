// The program of the language thread.
import { serveTasks } from '../../../platform/threads/serve-tasks.ts'
import { languageTasks } from './language-tasks.ts'

// Somebody waits for each answer, so it runs like the rest of the server.
serveTasks(languageTasks, { nice: 0 })
