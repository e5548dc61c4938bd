import { signal } from '@preact/signals'

/** Where the reader is: a path and what follows its `?`. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) })

export const place = signal<Place>(here())

/** Goes to a path of this UI. `replace`: the place before is not worth coming back to. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  place.value = here()
  if (!replace) scrollTo(0, 0)
}

/** Puts values into the place's query; empty ones are left out. No new place to come back to. */
export function setQuery(values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(place.value.query)
  for (const [name, value] of Object.entries(values)) {
    if (value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  navigate(`${place.value.path}${text === '' ? '' : `?${text}`}`, { replace: true })
}

/** Links of the page, and the browser's own buttons, move within it from now on. */
export function startRouter(): void {
  addEventListener('popstate', () => {
    place.value = here()
  })
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
    event.preventDefault()
    navigate(link.pathname + link.search)
  })
}
