/** What an image of LXD may be called. */
export type LxdImageName =
  | { readonly type: 'alias'; readonly alias: string }
  /** Of 12 to 64 hex digits. */
  | { readonly type: 'fingerprint'; readonly fingerprint: string }
  /** Digests of the files it is made from: a unified archive's is its fingerprint, two are metadata and root file system. */
  | { readonly type: 'files'; readonly digests: string }

const FILES = /^sha256:([0-9a-f]{64}(\+[0-9a-f]{64})?)$/

/** Image property that holds the digests of the files an image of ours was made from. */
export const FILES_PROPERTY = 'skein.files'

/** Tells the forms from each other. */
export const parseImageName = (name: string): LxdImageName => {
  const digests = FILES.exec(name)?.[1]
  if (digests !== undefined) return { type: 'files', digests }
  return /^[0-9a-f]{12,64}$/.test(name) ? { type: 'fingerprint', fingerprint: name } : { type: 'alias', alias: name }
}

/** `source` of a new instance. An image of two files is found by its property: its fingerprint is not known beforehand. */
export const imageSource = (name: string): object => {
  const parsed = parseImageName(name)
  if (parsed.type === 'alias') return { type: 'image', alias: parsed.alias }
  if (parsed.type === 'fingerprint') return { type: 'image', fingerprint: parsed.fingerprint }
  return parsed.digests.includes('+')
    ? { type: 'image', properties: { [FILES_PROPERTY]: parsed.digests } }
    : { type: 'image', fingerprint: parsed.digests }
}
