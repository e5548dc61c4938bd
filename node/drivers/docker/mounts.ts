import type { Bind } from '#core/model/lab.ts'

const PROPAGATION = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']

/** A mount fails where its source is missing; a bind would silently make a folder on the host. Binds are left for `z`, `Z` and their like. */
export const isMount = (bind: Bind): boolean =>
  bindOptions(bind).every((option) => option === 'ro' || option === 'rw' || PROPAGATION.includes(option))

const bindOptions = (bind: Bind): readonly string[] => (bind.options ?? '').split(',').filter((option) => option !== '')

/** A bind as the engine's API takes mounts. */
export const mount = (bind: Bind): object => {
  const propagation = bindOptions(bind).find((option) => PROPAGATION.includes(option))
  return {
    Type: 'bind',
    Source: bind.source,
    Target: bind.target,
    ReadOnly: bindOptions(bind).includes('ro'),
    ...(propagation === undefined ? {} : { BindOptions: { Propagation: propagation } }),
  }
}
