import type { ActiveLab } from '#core/engine/labs.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { LabStatus } from '#core/model/lab.ts'
import { nicId, vtepId } from '#core/model/resource-ids.ts'

interface Account {
  readonly index: number
  readonly ids: Set<ResourceId>
}

/** Which link ends and tunnel ends of this host were whole once under the assignment that holds: what they lack since was lost. */
export class Whole {
  readonly #labs = new Map<string, Account>()

  has({ intent, assignment }: ActiveLab, id: ResourceId): boolean {
    const account = this.#labs.get(intent.name)
    return account?.index === assignment.index && account.ids.has(id)
  }

  saw({ intent, assignment }: ActiveLab, { ends, vteps }: Pick<LabStatus, 'ends' | 'vteps'>): void {
    const held = this.#labs.get(intent.name)
    const account = held?.index === assignment.index ? held : { index: assignment.index, ids: new Set<ResourceId>() }
    this.#labs.set(intent.name, account)
    for (const end of ends) if (isWhole(end)) account.ids.add(nicId(intent.name, end.endpoint))
    for (const vtep of vteps) if (isWhole(vtep)) account.ids.add(vtepId(intent.name, vtep.segment))
  }

  keepOnly(labs: ReadonlyMap<string, unknown>): void {
    for (const lab of this.#labs.keys()) if (!labs.has(lab)) this.#labs.delete(lab)
  }
}

const isWhole = ({ error, doing }: { readonly error?: string; readonly doing?: string }): boolean =>
  error === undefined && doing === undefined
