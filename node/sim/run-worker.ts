import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, playBatch } from './batch.ts'

// Plays a batch in a thread of its own: tells each failure as it comes, and at last how often what happened.

const counts = playBatch(workerData as Batch, (failure) => parentPort?.postMessage({ type: 'failure', failure }))
parentPort?.postMessage({ type: 'done', counts: counts.toJSON() })
