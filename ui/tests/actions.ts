import type { ExerciseAsk, ExerciseView } from '#agent/port-iperf.ts'
import { del, post } from '../api.ts'
import { navigate } from '../router.ts'
import { done } from '../toasts.ts'

/** Where an exercise is in the API, and in this UI. */
export const exercisePath = (id: number): string => `/v1/exercises/${id}`
export const exercisePage = (id: number, test?: number): string =>
  `/tests/${id}${test === undefined ? '' : `?test=${test}`}`

/** How an exercise is spoken of. */
export const exerciseName = ({ id, name }: { readonly id: number; readonly name: string }): string =>
  name === '' ? `exercise ${id}` : name

/** Makes an exercise and goes to it. */
export async function measure(ask: ExerciseAsk & { readonly start: boolean }): Promise<void> {
  const made = await post<ExerciseView>('/v1/exercises', ask)
  done(`${exerciseName(made)} ${ask.start ? 'is started' : 'is kept; it waits for its start'}`)
  navigate(exercisePage(made.id))
}

export async function startExercise(exercise: ExerciseView): Promise<void> {
  await post(`${exercisePath(exercise.id)}/start`)
  done(`${exerciseName(exercise)} is started`)
}

export async function stopExercise(exercise: ExerciseView): Promise<void> {
  await post(`${exercisePath(exercise.id)}/stop`)
  done(`${exerciseName(exercise)} stops; what was measured is kept`)
}

export async function removeExercise(exercise: ExerciseView): Promise<void> {
  await del(exercisePath(exercise.id))
  done(`${exerciseName(exercise)} is removed`)
}
