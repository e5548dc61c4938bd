import type { AgentPort, LabView } from '#agent/port.ts'
import { MeshError, type Problem } from '#core/model/errors.ts'
import { readGoodLab } from '../read-lab.ts'
import { type LabBody, labBody } from '../schemas.ts'
import { type Job, jobsOf, labIfThere } from './jobs.ts'

/** A lab by its name: one that runs, or one that is only written. */
export interface ClassicLab {
  readonly id: string
  readonly name: string
  readonly state: LabView['state'] | 'draft'
  /** Whether there is a topology that `up` can use. */
  readonly has_topology: boolean
}

/** All labs, by name. */
export function listLabs(agent: AgentPort): readonly ClassicLab[] {
  const names = new Set(
    [...agent.labs(), ...agent.drafts.list().map(({ lab: name }) => ({ name }))].map(({ name }) => name),
  )
  return [...names].toSorted().map((name) => showLab(agent, name))
}

/** NOT_FOUND. */
export function showLab(agent: AgentPort, name: string): ClassicLab {
  const [view, draft] = [labIfThere(agent, name), agent.drafts.find(name)]
  if (view === undefined && draft === undefined) throw notFound(name)
  const isWritten = draft === undefined ? view !== undefined : draft.topology !== null
  return { id: name, name, state: view?.state ?? 'draft', has_topology: isWritten || view !== undefined }
}

/** Keeps a name for a lab that is written later. NAME_TAKEN. */
export async function createLab(agent: AgentPort, name: string): Promise<ClassicLab> {
  if (labIfThere(agent, name) !== undefined || agent.drafts.find(name) !== undefined)
    throw new MeshError('NAME_TAKEN', `there is a lab named ${name} already`, { lab: name })
  await agent.drafts.write(name, null)
  return showLab(agent, name)
}

/** What is worth knowing of a topology that can be used. */
export interface Imported extends ClassicLab {
  readonly nodes: number
  readonly links: number
  readonly warnings: readonly Problem[]
}

/** Keeps a topology for `up`, once it is right. BAD_TOPOLOGY with every mistake, NOT_FOUND where no such lab was made. */
export async function importTopology(agent: AgentPort, name: string, content: string): Promise<Imported> {
  const lab = showLab(agent, name)
  const { intent, problems } = readGoodLab(bodyOf(name, content))
  await agent.drafts.write(name, content)
  return { ...lab, has_topology: true, nodes: intent.nodes.length, links: intent.links.length, warnings: problems }
}

/** Brings up what was written, else what ran last. NOT_FOUND, BAD_INPUT where nothing was written; else as a submission. */
export async function bringUp(agent: AgentPort, name: string): Promise<Job> {
  const topology = agent.drafts.find(name)?.topology ?? null
  if (topology === null) await again(agent, name)
  else {
    const { intent, contents } = readGoodLab(bodyOf(name, topology))
    await agent.submit(intent, contents, { topology })
  }
  return newestJob(agent, name, 'up')
}

/** Takes it down; what was written stays. NOT_FOUND where it does not run. */
export async function takeDown(agent: AgentPort, name: string): Promise<Job> {
  await agent.remove(name)
  return newestJob(agent, name, 'down')
}

/** Forgets what was written, and takes down what runs. NOT_FOUND where there is neither. */
export async function removeLab(agent: AgentPort, name: string): Promise<void> {
  showLab(agent, name)
  if (labIfThere(agent, name) !== undefined) await agent.remove(name)
  if (agent.drafts.find(name) !== undefined) await agent.drafts.remove(name)
}

/** NOT_FOUND unless there is, or was, such a lab. */
export async function listJobs(agent: AgentPort, name: string): Promise<readonly Job[]> {
  const jobs = await jobsOf(agent, name)
  if (jobs.length === 0) showLab(agent, name)
  return jobs
}

const notFound = (name: string): MeshError => new MeshError('NOT_FOUND', `there is no lab named ${name}`, { lab: name })

/** It was submitted another way: the newest state that was kept of it. */
async function again(agent: AgentPort, name: string): Promise<void> {
  showLab(agent, name)
  try {
    const { revision } = await agent.revision(name)
    await agent.rollback(name, String(revision), { message: 'up again' })
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'NOT_FOUND') throw error
    const message = `nothing is written of lab ${name}: send its topology to /labs/${name}/import-yaml first`
    throw new MeshError('BAD_INPUT', message, { lab: name }, error)
  }
}

/** The name of the lab is that of the address, whatever the topology says. */
const bodyOf = (name: string, topology: string): LabBody => labBody.parse({ topology, name, fileName: `${name}.yml` })

async function newestJob(agent: AgentPort, lab: string, action: Job['action']): Promise<Job> {
  const found = (await jobsOf(agent, lab)).find((job) => job.action === action)
  if (found !== undefined) return found
  // It was up already, so long that nobody remembers how.
  const status = labIfThere(agent, lab)?.state === 'up' ? 'completed' : 'running'
  const { name: host } = agent.self()
  const created_at = new Date(0).toISOString()
  return {
    id: `${lab}-${action}`,
    lab_id: lab,
    action,
    status,
    created_at,
    completed_at: null,
    host,
    progress: null,
    error: null,
    log: [],
  }
}
