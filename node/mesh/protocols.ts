/** The names of our topic and streams; other protocols and other meshes share none of them. */
export interface Protocols {
  readonly records: string
  readonly join: string
  readonly probe: string
  readonly raft: string
  readonly request: string
  readonly stream: string
  readonly duplex: string
  readonly sync: string
}

/** `/skein/<protocol>/<mesh id>/<what>` */
export function protocolsOf(protocol: number, meshId: string): Protocols {
  const name = (what: string): string => `/skein/${protocol}/${meshId}/${what}`
  return {
    records: name('records'),
    join: name('join'),
    probe: name('probe'),
    raft: name('raft'),
    request: name('request'),
    stream: name('stream'),
    duplex: name('duplex'),
    sync: name('sync'),
  }
}
