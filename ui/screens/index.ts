import type { ComponentType } from 'preact'
import { lazy } from '../lazy.tsx'
import { MeshScreen } from './mesh.tsx'

/** One page: where it is, what it is called, what shows it. */
export interface ScreenEntry {
  /** With `:name` for parts that vary; they come as `params`. */
  readonly path: string
  readonly title: string
  readonly Screen: ComponentType<ScreenProps>
  /** Where it stands in the menu; the keys that lead there. Absent: not in the menu. */
  readonly menu?: { readonly keys: string }
  /** Without the shell around it, for a tab of its own. */
  readonly isBare?: true
}

export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>
}

/** All pages; the first that fits is shown. All but the first come when they are first needed. */
export const SCREENS: readonly ScreenEntry[] = [
  { path: '', title: 'Mesh', Screen: MeshScreen },
  { path: '/mesh', title: 'Mesh', Screen: MeshScreen, menu: { keys: 'g m' } },
  {
    path: '/mesh/:from/:to',
    title: 'Pair of hosts',
    Screen: lazy(async () => (await import('./pair.tsx')).PairScreen),
  },
  {
    path: '/labs',
    title: 'Labs',
    Screen: lazy(async () => (await import('./labs.tsx')).LabsScreen),
    menu: { keys: 'g l' },
  },
  // No lab can be called so.
  {
    path: '/labs/+new',
    title: 'New lab',
    Screen: lazy(async () => (await import('./lab-editor.tsx')).LabEditorScreen),
  },
  { path: '/labs/:lab', title: 'Lab', Screen: lazy(async () => (await import('./lab.tsx')).LabScreen) },
  {
    path: '/labs/:lab/edit',
    title: 'Edit lab',
    Screen: lazy(async () => (await import('./lab-editor.tsx')).LabEditorScreen),
  },
  {
    path: '/console/:lab/:node',
    title: 'Console',
    Screen: lazy(async () => (await import('./console.tsx')).ConsoleScreenPage),
    isBare: true,
  },
  {
    path: '/tests',
    title: 'Tests',
    Screen: lazy(async () => (await import('./tests.tsx')).TestsScreen),
    menu: { keys: 'g t' },
  },
  {
    path: '/tests/+new',
    title: 'New test',
    Screen: lazy(async () => (await import('./test-new.tsx')).TestNewScreen),
  },
  {
    path: '/tests/:exercise',
    title: 'Exercise',
    Screen: lazy(async () => (await import('./exercise.tsx')).ExerciseScreen),
  },
  ...['/tests/:exercise/with', '/tests/:exercise/with/:other'].map((path) => ({
    path,
    title: 'Compare exercises',
    Screen: lazy(async () => (await import('./exercise-compare.tsx')).CompareScreen),
  })),
  {
    path: '/events',
    title: 'Events',
    Screen: lazy(async () => (await import('./events.tsx')).EventsScreen),
    menu: { keys: 'g e' },
  },
  {
    path: '/settings',
    title: 'Settings',
    Screen: lazy(async () => (await import('./settings.tsx')).SettingsScreen),
    menu: { keys: 'g s' },
  },
]
