import type { Nic, NicForm } from './resource.ts'

/** Of a device in a workload that is no pair. */
export type InnerForm = Exclude<NicForm, { type: 'host' }>

/** Where the named end of a nic lies. */
export type Place = 'workload' | 'host'

/** A pair has both ends in the host where its form says so, else one in a workload; a device in a workload has only that. */
export const placeOf = ({ form }: Nic): Place => (form?.type === 'host' ? 'host' : 'workload')

/** The form of a device that has no host end; undefined for a pair. */
export const innerForm = ({ form }: Nic): InnerForm | undefined => (form?.type === 'host' ? undefined : form)

/** The Linux bridge the far end is to be in, where it is to be in one. */
export const masterOf = ({ form }: Nic): string | undefined => (form?.type === 'host' ? form.master : undefined)

/** Whether a nic has to be made again for its form: a bridge can be joined and left in place. */
export const isOtherForm = (a: NicForm | undefined, b: NicForm | undefined): boolean => {
  if (a?.type !== b?.type) return true
  return a?.type === 'macvlan' && b?.type === 'macvlan' && (a.parent !== b.parent || a.mode !== b.mode)
}
