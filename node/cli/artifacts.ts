import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabIntent } from '#core/model/lab.ts'
import { labFolderName } from '#core/topology/node-files.ts'
import { ansibleInventory, hostsFile, topologyData } from './artifact-texts.ts'
import type { LabShape } from './lab-shapes.ts'

/** What is written next to a lab file, as containerlab has it; `hosts` is what that adds to /etc/hosts. */
const NAMES: readonly string[] = ['topology-data.json', 'ansible-inventory.yml', 'hosts']

/** Where a lab's artifacts are: `clab-LAB` in the folder of its file. */
export const artifactFolder = (folder: string, lab: string): string => join(folder, labFolderName(lab))

/** Writes what tools read about a lab that is up; answers the folder. */
export async function writeArtifacts(folder: string, intent: LabIntent, view: LabShape): Promise<string> {
  const target = artifactFolder(folder, view.name)
  await mkdir(target, { recursive: true })
  const texts = [topologyData(intent, view, target), ansibleInventory(intent, view), hostsFile(intent, view)]
  await Promise.all(NAMES.map((name, index) => writeFile(join(target, name), texts[index] ?? '')))
  return target
}

/** Removes what `writeArtifacts` wrote, and the folder where nothing else is in it; true where there was something. */
export async function removeArtifacts(folder: string, lab: string): Promise<boolean> {
  const target = artifactFolder(folder, lab)
  const there = await readdir(target).catch((): string[] => [])
  const ours = NAMES.filter((name) => there.includes(name))
  await Promise.all(ours.map((name) => rm(join(target, name), { force: true })))
  if (ours.length === there.length && there.length > 0) await rmdir(target)
  return ours.length > 0
}
