import { describe, expect, it } from 'vitest'
import type { Command } from '#platform/exec.ts'
import { createInstruments } from './instruments.ts'
import { createWatch } from './watch.ts'

const setup = () => {
  const instruments = createInstruments()
  const watch = createWatch(instruments, () => 7_000)
  const lines = async (name: string) =>
    (await instruments.text()).split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'))
  return { watch, lines }
}

describe('what happens is counted', () => {
  it.each<[string, Command]>([
    ['ip', { file: 'ip', args: ['link'] }],
    ['ovs-vsctl', { file: '/usr/bin/ovs-vsctl', args: [] }],
    ['tc', { file: 'nsenter', args: ['-t', '1', '-n', 'tc', 'qdisc'] }],
    ['other', { file: 'nsenter', args: ['-t', '1', '-n', 'my-own-script'] }],
    ['other', { file: 'what-a-lab-asked-for', args: ['ip'] }],
    ['docker', { socket: '/run/docker.sock', method: 'GET', path: '/info' }],
    ['lxd', { socket: '/var/lib/lxd/unix.socket', method: 'GET', path: '/1.0' }],
  ])('commands by a bounded set of tools: %s', async (tool, command) => {
    const { watch, lines } = setup()
    watch.command(command, 'TIMEOUT', 1_500)
    expect(await lines('skein_command_seconds_')).toEqual([
      `skein_command_seconds_sum{tool="${tool}",result="TIMEOUT"} 1.5`,
      `skein_command_seconds_count{tool="${tool}",result="TIMEOUT"} 1`,
    ])
  })

  it('requests by route, never by path; verbs of nobody are one', async () => {
    const { watch, lines } = setup()
    watch.request({ method: 'GET', route: '/v1/labs/:lab', status: 404, ms: 3 })
    watch.request({ method: 'BREW', route: undefined, status: 400, ms: 3 })
    expect(await lines('skein_api_requests_total')).toEqual([
      'skein_api_requests_total{method="GET",route="/v1/labs/:lab",status="4xx"} 1',
      'skein_api_requests_total{method="other",route="none",status="4xx"} 1',
    ])
  })

  it('elections when this host stands in one', async () => {
    const { watch, lines } = setup()
    for (const role of ['candidate', 'leader', 'follower', 'candidate'])
      watch.effect({ type: 'notice', level: 'info', code: 'ROLE', fields: { role } })
    expect(await lines('skein_consensus_elections_total')).toEqual(['skein_consensus_elections_total 2'])
    expect(await lines('skein_consensus_role_changes_total')).toContain(
      'skein_consensus_role_changes_total{role="leader"} 1',
    )
  })

  it('looks at the host, and when the last one was', async () => {
    const { watch, lines } = setup()
    expect(await lines('skein_reconcile_last')).toEqual(['skein_reconcile_last_look_timestamp_seconds 0'])
    watch.pass({ ms: 250 })
    expect(await lines('skein_reconcile_last')).toEqual(['skein_reconcile_last_look_timestamp_seconds 7'])
    expect(await lines('skein_reconcile_look_seconds_sum')).toEqual(['skein_reconcile_look_seconds_sum 0.25'])
  })
})
