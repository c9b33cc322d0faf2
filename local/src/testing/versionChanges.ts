import type { Change } from './versions.ts'

const policy = (file: string) => `packages/policy/src/${file}`
const api = (file: string) => `apps/api/src/features/gateway/${file}`
const gateway = (file: string) => `apps/gateway/src/${file}`

/** The next version: it has one more limit, one more member in each message, and a second format of the bundle. */
export const nextVersion: Change[] = [
  {
    file: policy('limits.ts'),
    from: '} as const satisfies',
    to: "'future.thingsMax': { title: 'Things', unit: 'things', default: 5, min: 1, max: 9, help: '' },\n} as const satisfies",
  },
  { file: policy('bundle.ts'), from: /limits: own/g, to: 'limits: own, future: true' },
  { file: policy('bundle.ts'), from: 'tenants: {},\n', to: 'tenants: {}, future: { more: [] },\n' },
  {
    file: policy('bundle.ts'),
    from: '{ 1: compileBundle }',
    to: `{ 1: compileBundle, 2: (source) => compileBundle(source).replace('"format":1', '"format":2') }`,
  },
  { file: policy('formats.ts'), from: 'bundle: 1,', to: 'bundle: 2,' },
  { file: policy('labelSchema.ts'), from: "reserved: ['tenant'],", to: "reserved: ['tenant'], future: ['label']," },
  { file: policy('manifest.ts'), from: '{ format: 1,', to: '{ format: 1, future: true,' },
  { file: gateway('shares/heartbeat.ts'), from: '...about,\n', to: '...about, future: { more: 1 },\n' },
  {
    file: gateway('tenant/tenants.ts'),
    from: 'activeSeries: active,\n',
    to: 'activeSeries: active, demandFutureThings: 1,\n',
  },
  { file: api('gateway.types.ts'), from: /(heartbeatAnswer = z.object\(\{)/, to: '$1 future: z.boolean(),' },
  { file: api('gateway.service.ts'), from: 'defaultShare: 1 /', to: 'future: true, defaultShare: 1 /' },
]

/** The previous version: it has one limit less, and no optional members in the heartbeat and its answer. */
export const previousVersion: Change[] = [
  { file: policy('limits.ts'), from: /'query.timeoutSeconds': \{[^}]*\},\n/, to: '' },
  { file: gateway('gateway.ts'), from: '      formatsRead,\n', to: '' },
  { file: gateway('shares/heartbeat.ts'), from: /readerUses: uses.*\n/, to: '' },
  { file: gateway('tenant/tenants.ts'), from: /partUsedRatio: tenant.*\n/, to: '' },
  { file: gateway('tenant/tenants.ts'), from: /taken: tenant.*\n/, to: '' },
  { file: gateway('tenant/tenants.ts'), from: /refusedQueriesPerSecond: .*\n/, to: '' },
  // It does not know this member, so it uses the first formats.
  {
    file: api('gateway.types.ts'),
    from: /formatsRead: .*\n/,
    to: 'formatsRead: z.unknown().transform(() => ({ bundle: 1, manifest: 1 })),\n',
  },
  { file: api('gateway.service.ts'), from: /seriesClaims: claimsOf\(.*\n/, to: '' },
  { file: api('gateway.service.ts'), from: /othersTaken: othersTakenOf\(.*\n/, to: '' },
]
