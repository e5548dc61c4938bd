import { readFileSync } from 'node:fs'
import { availableParallelism, networkInterfaces, release, totalmem } from 'node:os'
import * as z from 'zod'
import { MIB_BYTES } from '#core/model/units.ts'

/** What a host tells others about itself. */
export interface HostFacts {
  readonly cpus: number
  /** CPUs less the load of the last minute, at least 0; fractions. */
  readonly freeCpus: number
  readonly memoryMib: number
  /** What programs could have without swapping. */
  readonly freeMemoryMib: number
  /** As `uname -r` says. */
  readonly kernel: string
  /** IP addresses others may reach this host at: no loopback, no link-local ones, none of containers or of our own devices. */
  readonly addresses: readonly string[]
}

/** What this build is: `protocol` is part of every topic and stream name. */
export interface ProductVersion {
  readonly version: string
  readonly protocol: number
}

/** Interfaces whose addresses are of use on this host only: those of container engines and bridges, and our own. */
const LOCAL_ONLY = /^(lo|docker|br-|virbr|lxdbr|lxcbr|veth|ovs-|skw|skn|skv|skein)/

/** Reads everything anew, from /proc and the kernel; takes well under a millisecond. Throws on a kernel without /proc. */
export const readHostFacts = (): HostFacts => {
  const cpus = availableParallelism()
  return {
    cpus,
    freeCpus: freeCpus(readFileSync('/proc/loadavg', 'utf8'), cpus),
    memoryMib: Math.floor(totalmem() / MIB_BYTES),
    freeMemoryMib: freeMemoryMib(readFileSync('/proc/meminfo', 'utf8')),
    kernel: release(),
    addresses: reachableAddresses(networkInterfaces()),
  }
}

/** CPUs less the one-minute load of /proc/loadavg, proc(5). */
export const freeCpus = (loadavg: string, cpus: number): number => {
  const load = Number.parseFloat(loadavg)
  return Number.isFinite(load) ? Math.max(0, cpus - load) : cpus
}

/** `MemAvailable` of /proc/meminfo, proc(5); 0 where the kernel does not say. */
export const freeMemoryMib = (meminfo: string): number => {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1]
  return kib === undefined ? 0 : Math.floor(Number(kib) / 1024)
}

/** Addresses of interfaces that reach other hosts, IPv4 first, each once. */
export const reachableAddresses = (interfaces: ReturnType<typeof networkInterfaces>): readonly string[] => {
  const found = Object.entries(interfaces)
    .filter(([name]) => !LOCAL_ONLY.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ address, internal }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
  const of = (family: string): string[] => found.filter((a) => a.family === family).map((a) => a.address)
  return [...new Set([...of('IPv4'), ...of('IPv6')])]
}

/** The least MTU of the interfaces that have one of these addresses, in bytes; undefined where none has. */
export const mtuAt = (
  addresses: readonly string[],
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
  read: (name: string) => string = (name) => readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'),
): number | undefined => {
  const names = Object.entries(interfaces).flatMap(([name, of = []]) =>
    of.some(({ address }) => addresses.includes(address)) ? [name] : [],
  )
  const mtus = names.map((name) => Number.parseInt(read(name), 10)).filter(Number.isFinite)
  return mtus.length === 0 ? undefined : Math.min(...mtus)
}

const Version = z.looseObject({ version: z.string(), protocol: z.int().positive() })

/** What `version.json` at the root of the product says; the only place a version stands in. */
export const readVersion = (): ProductVersion => {
  const { version, protocol } = Version.parse(
    JSON.parse(readFileSync(new URL('../../version.json', import.meta.url), 'utf8')),
  )
  return { version, protocol }
}
