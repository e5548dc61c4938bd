/** A reference to an image, taken apart as the engine does (distribution/reference, "familiar names"). */
export interface ImageReference {
  /** With registry where it is not Docker Hub: `quay.io/frrouting/frr`, `alpine`, `frrouting/frr`. */
  readonly repository: string
  /** `latest` where neither a tag nor a digest is named. */
  readonly tag?: string
  /** `sha256:…` */
  readonly digest?: string
}

const HUB = /^(index\.)?docker\.io\//

/** Takes a name apart; the registry, a port in it, tag and digest are told from each other. */
export const parseImageName = (name: string): ImageReference => {
  const at = name.indexOf('@')
  const digest = at === -1 ? undefined : name.slice(at + 1)
  const tagged = at === -1 ? name : name.slice(0, at)
  const colon = tagged.lastIndexOf(':')
  const tag = colon > tagged.lastIndexOf('/') ? tagged.slice(colon + 1) : digest === undefined ? 'latest' : undefined
  const repository = familiar(colon > tagged.lastIndexOf('/') ? tagged.slice(0, colon) : tagged)
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

const familiar = (repository: string): string => repository.replace(HUB, '').replace(/^library\/([^/]+)$/, '$1')

/** Every way people may write this image: with and without `docker.io`, `library/` and `:latest`. */
export const imageNames = (name: string): readonly string[] => {
  const { repository, tag, digest } = parseImageName(name)
  const suffixes = [...(tag === undefined ? [] : [`:${tag}`]), ...(tag === 'latest' ? [''] : [])]
  const endings = digest === undefined ? suffixes : [...suffixes, ''].map((suffix) => `${suffix}@${digest}`)
  return repositoryNames(repository).flatMap((one) => [...new Set(endings)].map((ending) => `${one}${ending}`))
}

const repositoryNames = (repository: string): readonly string[] => {
  const [first = '', ...rest] = repository.split('/')
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (hasRegistry) return [repository]
  const full = rest.length === 0 ? `library/${repository}` : repository
  return [...new Set([repository, full, `docker.io/${repository}`, `docker.io/${full}`, `index.docker.io/${full}`])]
}
