/** One metric. Labels come from sets that are bounded: by what this product is, by the mesh, or by {@link LIMITS}. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper ends of a histogram's buckets. */
  readonly buckets?: readonly number[]
}

/** At most so many labs, links of one lab, links of one host and measured pairs are shown one by one; the others are only counted. */
export const LIMITS = { labs: 500, linksPerLab: 500, linksPerHost: 2_000, pairs: 1_000 } as const

/** Of commands, steps and requests: 5 ms to 30 s. */
const QUICK_TO_SLOW_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Of delays of a timer: from what is usual to what makes peers think this host is gone. */
const DELAYS_S = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const counter = <const L extends readonly string[]>(help: string, labels: L) => ({
  type: 'counter' as const,
  help,
  labels,
})
const gauge = <const L extends readonly string[]>(help: string, labels: L) => ({ type: 'gauge' as const, help, labels })
const histogram = <const L extends readonly string[]>(help: string, labels: L, buckets: readonly number[]) => ({
  type: 'histogram' as const,
  help,
  labels,
  buckets,
})

/**
 * Every metric there is: the one place of their names, `skein_<thing>_<unit>` in base units (prometheus.io/docs/practices/naming).
 * `peer` is a host of the mesh as this one sees it; `host` is left to whoever scrapes. docs/metrics.md is made of it.
 */
export const METRICS = {
  skein_agent_info: gauge('What runs here; always 1.', ['version', 'role', 'mesh']),
  skein_agent_start_time_seconds: gauge('When the agent was started, in seconds since 1970.', []),
  skein_agent_cpu_seconds_total: counter('Processor time the agent took.', ['mode']),
  skein_agent_resident_memory_bytes: gauge('Memory the agent has.', []),
  skein_agent_heap_used_bytes: gauge('What of it JavaScript objects take.', []),
  skein_agent_open_files: gauge('Files and sockets the agent has open.', []),
  skein_agent_loop_lag_seconds: histogram(
    'How late timers of the agent ran, looked at four times a second.',
    [],
    DELAYS_S,
  ),
  skein_agent_codes_total: counter(
    'What the agent met, by its code: records taken or refused, notices, failed calls.',
    ['code'],
  ),
  skein_agent_effects_total: counter('What the engine decided to do.', ['type']),
  skein_events_dropped_total: counter('Events that were only counted, because too many came at once.', []),

  skein_mesh_hosts: gauge('Hosts of the mesh, this one included, by what is believed of them.', ['state']),
  skein_mesh_peer_up: gauge('1 where the host is believed alive.', ['peer']),
  skein_mesh_peer_heard_age_seconds: gauge('Since the peer was last heard of; absent where it never was.', ['peer']),
  skein_mesh_connections: gauge('Peers that answer probes.', []),
  skein_mesh_rtt_seconds: gauge('How long the last answer of a connected peer took.', ['peer']),
  skein_mesh_records_published_total: counter('Records this host signed and told.', ['kind']),
  skein_path_rtt_seconds: gauge('Mean of the last probes on a path to a peer; for peers with two networks.', [
    'peer',
    'path',
  ]),
  skein_path_loss_ratio: gauge('Share of the last probes on a path that were lost, 0 to 1.', ['peer', 'path']),
  skein_path_in_use: gauge('1 where WireGuard sends on this path.', ['peer', 'path']),
  skein_tunnel_handshake_age_seconds: gauge('Since WireGuard last agreed on keys with the peer; absent for never.', [
    'peer',
  ]),

  skein_consensus_role: gauge('1 for what this host is in the log: `none` where it keeps none.', ['role']),
  skein_consensus_term: gauge('Term of the newest leader this host knows.', []),
  skein_consensus_commit_index: gauge('Last entry of the log that is decided.', []),
  skein_consensus_last_index: gauge('Last entry of the log.', []),
  skein_consensus_snapshot_index: gauge('Last entry the snapshot of the log has taken in.', []),
  skein_consensus_elections_total: counter('Elections this host stood in.', []),
  skein_consensus_role_changes_total: counter('What this host became in the log, each time.', ['role']),
  skein_consensus_messages_sent_total: counter('Messages of the log sent to peers.', ['type']),
  skein_consensus_has_leader: gauge('1 where this host knows who leads.', []),
  skein_consensus_has_quorum: gauge('1 where this host hears a majority of the voters.', []),
  skein_consensus_voters: gauge('Voters by whether this host hears them: `heard` or `missing`.', ['state']),

  skein_reconcile_look_seconds: histogram('How long a look at the host took.', [], QUICK_TO_SLOW_S),
  skein_reconcile_last_look_timestamp_seconds: gauge('When the host was last looked at, in seconds since 1970.', []),
  skein_reconcile_ops_total: counter('Changes to the host, by what they were about and what came of them.', [
    'kind',
    'op',
    'result',
  ]),
  skein_reconcile_op_seconds: histogram('How long the step took that a change was part of.', ['kind'], QUICK_TO_SLOW_S),
  skein_reconcile_resources: gauge('What the host must have (`wanted`) and has (`seen`).', ['state']),
  skein_reconcile_troubles: gauge(
    'What is not as wanted, by what is done about it; `again`: it failed and waits to be tried again.',
    ['doing'],
  ),
  skein_command_seconds: histogram(
    'Commands of drivers and requests to daemons, by what came of them: `ok`, or the code of the error.',
    ['tool', 'result'],
    QUICK_TO_SLOW_S,
  ),

  skein_labs: gauge('Labs by state.', ['state']),
  skein_lab_state: gauge('1 for the state a lab is in.', ['lab', 'state']),
  skein_lab_nodes: gauge('Nodes of a lab by state.', ['lab', 'state']),
  skein_lab_links: gauge('Links of a lab by state; `up` is read back at every end.', ['lab', 'state']),
  skein_nodes_here: gauge('Lab nodes placed on this host, by state.', ['state']),
  skein_link_up: gauge('1 where a link that ends on this host was read back whole, at every end.', ['lab', 'link']),
  skein_link_state: gauge('1 for the state a link that ends on this host is in.', ['lab', 'link', 'state']),
  skein_left_out: gauge('How many are only counted and not shown one by one, because they are too many.', ['of']),
  skein_host_cpus: gauge('CPUs of this host for lab nodes: total, limit of what may be promised, promised, free.', [
    'part',
  ]),
  skein_host_memory_bytes: gauge('Memory of this host for lab nodes, likewise.', ['part']),
  skein_allocation_values: gauge(
    'Numbers of a pool that are used, resting or free, by the log of this host; `peer` where each host has its own.',
    ['pool', 'peer', 'state'],
  ),

  skein_exercises: gauge('Exercises that are kept, by state.', ['state']),
  skein_tests: gauge('Tests of the exercises that are kept, by state.', ['state']),
  skein_test_received_bytes_per_second: gauge(
    'What the destination received when the pair was last measured; told by the host the source is on.',
    ['source', 'destination'],
  ),
  skein_test_baseline_ratio: gauge('That rate by what the pair had before; absent where too little is known.', [
    'source',
    'destination',
  ]),
  skein_test_measured_timestamp_seconds: gauge('When that was, in seconds since 1970.', ['source', 'destination']),
  skein_test_pairs_left_out: gauge('Pairs not shown one by one, because they are too many.', []),

  skein_api_requests_total: counter(
    'Requests answered, by the route they met (`none`: no route) and class of status.',
    ['method', 'route', 'status'],
  ),
  skein_api_request_seconds: histogram('How long answers took to their end.', ['route'], QUICK_TO_SLOW_S),
  skein_scrape_failures_total: counter('Parts of these numbers that could not be read.', ['part']),
} as const satisfies Record<string, MetricSpec>

type Metrics = typeof METRICS
/** Names of one type of metric. */
export type NameOf<T extends MetricSpec['type']> = {
  [N in keyof Metrics]: Metrics[N]['type'] extends T ? N : never
}[keyof Metrics]
/** The labels of a metric, each with its value. */
export type LabelsOf<N extends keyof Metrics> = Readonly<Record<Metrics[N]['labels'][number], string>>
