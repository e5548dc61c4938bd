/** What a bridge begins with, as ovs-ofctl(8) prints it. */
export const FIRST_FLOW = ' priority=0 actions=NORMAL\n'

/** `cookie=0x1,priority=9,in_port=2,actions=drop`, after `delete_strict ` where it goes. */
const LINE =
  /^(?<gone>delete_strict )?(?:cookie=(?<cookie>0x[0-9a-f]+),)?(?<match>[a-z_0-9=,]*?)(?:,?actions=(?<actions>.*))?$/

/** Flows as printed, after `ovs-ofctl add-flows` with these lines. Undefined where the tool would not take them. */
export const withFlowLines = (printed: string, lines: string): string | undefined => {
  const flows = new Map(split(printed).map((flow) => [matchOf(flow), flow]))
  for (const line of split(lines)) {
    const { gone, cookie, match, actions } = LINE.exec(line.trim())?.groups ?? {}
    if (match === undefined || (gone === undefined) === (actions === undefined)) return undefined
    if (gone !== undefined) flows.delete(match)
    else flows.set(match, ` ${cookie === undefined ? '' : `cookie=${cookie}, `}${match} actions=${actions}`)
  }
  return [...flows.values()].map((flow) => `${flow}\n`).join('')
}

const split = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '')

const matchOf = (flow: string): string => /(\S+) actions=/.exec(flow)?.[1] ?? ''
