// The program of the thread that reads streams of rows.
import { serveStreams } from '../../platform/threads/serve-streams.ts'
import { THREAD_ROW_TASKS } from './row-tasks.ts'

serveStreams(THREAD_ROW_TASKS)
