import { readTextIfThere } from '#platform/files.ts'

/** The number of a group in text of the form group(5); undefined where it has none of that name. */
export function findGroup(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const [group, , gid] = line.split(':')
    if (group === name && gid !== undefined && /^\d+$/.test(gid)) return Number(gid)
  }
  return undefined
}

/** The number of a group of this host; undefined where there is none. */
export async function groupId(name: string): Promise<number | undefined> {
  try {
    return findGroup((await readTextIfThere('/etc/group')) ?? '', name)
  } catch {
    return undefined
  }
}
