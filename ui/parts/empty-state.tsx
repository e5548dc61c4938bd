import type { ComponentChildren } from 'preact'

/** Where there is nothing yet: what would be here, and how to get it. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}
