/** `skein-support-HOST-UTC`: the name of a support bundle without its ending, and of the folder in it. `atMs`: since 1970. */
export const bundleName = (host: string, atMs: number): string =>
  `skein-support-${host}-${new Date(atMs).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')}`
