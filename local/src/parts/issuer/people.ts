/** People of the local issuer, like the entries of a company's directory. */
export type Person = {
  email: string
  name: string
  groups: readonly string[]
  /** What they do, for the sign-in page and the summary of `npm start`. */
  does: string
}

export const localPassword = 'tickwatch'

export const people: readonly Person[] = [
  { email: 'admin@acme.example', name: 'Mara Lindqvist', groups: ['acme-admins'], does: "edits acme's quotas" },
  { email: 'viewer@acme.example', name: 'Jonas Weber', groups: ['acme-viewers'], does: "reads acme's quotas" },
  { email: 'admin@globex.example', name: 'Priya Raman', groups: ['globex-admins'], does: "edits globex's quotas" },
  {
    email: 'platform-1@tickwatch.example',
    name: 'Tomás Herrera',
    groups: ['platform-admins', 'platform-approvers'],
    does: 'runs the platform, and approves',
  },
  {
    email: 'platform-2@tickwatch.example',
    name: 'Aiko Mori',
    groups: ['platform-approvers'],
    does: 'approves what others ask for',
  },
  { email: 'auditor@tickwatch.example', name: 'Ewa Nowak', groups: ['auditors'], does: 'reads everything' },
  { email: 'guest@tickwatch.example', name: 'Sam Okafor', groups: [], does: 'sees only whether graphs are current' },
]
