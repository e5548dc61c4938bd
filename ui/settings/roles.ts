/** Roles of people and API tokens, with what they may. */
export const ROLE_OPTIONS = [
  { value: 'viewer', text: 'viewer: looks' },
  { value: 'operator', text: 'operator: runs labs' },
  { value: 'admin', text: 'admin: everything' },
  { value: 'metrics', text: 'metrics: reads metrics' },
] as const
