/** Between two pings of a lab node, milliseconds: what is lost is counted by them. */
export const PING_MS = 10

/** Two links that cross hosts: one between hosts with two networks, one with a host that has one. */
export const PAIR = `
name: pair
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { host: p1, exec: ["ip addr add 10.0.0.1/24 dev eth1"] }
    b: { host: p2, exec: ["ip addr add 10.0.0.2/24 dev eth1"] }
    c: { host: p3, exec: ["ip addr add 10.0.1.2/24 dev eth1"] }
    d: { host: p1, exec: ["ip addr add 10.0.1.1/24 dev eth1"] }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["c:eth1", "d:eth1"]
`

/** The longest silence of `ping -D`, and all that was lost. */
export const gapsOf = (output: string): { longestMs: number; lost: number } => {
  const seen = [...output.matchAll(/\[([\d.]+)\].*icmp_seq=(\d+) ttl/g)]
  const [times, numbers] = [seen.map(([, time]) => Number(time) * 1000), seen.map(([, , number]) => Number(number))]
  const gaps = times.slice(1).map((time, i) => (numbers[i + 1] === (numbers[i] ?? 0) + 1 ? 0 : time - (times[i] ?? 0)))
  return { longestMs: Math.round(Math.max(0, ...gaps)), lost: (numbers.at(-1) ?? 0) - seen.length }
}
