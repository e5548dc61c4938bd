/** What a host gives each page it serves, for styles that are made while it runs; empty where none was given. */
const nonce = (): string => document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''

let isCarried = false

/**
 * From now on style elements that libraries make carry the page's nonce before they are put in, as a strict policy asks: without it a
 * terminal is black on black, and nothing says so.
 */
export function carryNonce(): void {
  if (isCarried) return
  isCarried = true
  const make = document.createElement.bind(document)
  const marked = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = make(name, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce()
    return element
  }
  document.createElement = marked as typeof document.createElement
}
