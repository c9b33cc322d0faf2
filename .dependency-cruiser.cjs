/** The one-way import rules of docs/architecture.md. `scripts/importRules.test.ts` breaks each on purpose. */

/** The rooms that the API and the gateways consist of. */
const servers = [
  'packages/policy',
  'packages/remote-write',
  'packages/promql',
  'packages/slo',
  'packages/rollout',
  'packages/db',
  'packages/aws',
  'apps/api',
  'apps/gateway',
]

/** The other rooms that each room may import. */
const rooms = {
  'packages/policy': [],
  'packages/remote-write': [],
  'packages/promql': [],
  'packages/slo': ['packages/promql'],
  'packages/rollout': [],
  'packages/db': ['packages/policy', 'packages/slo'],
  'packages/aws': ['packages/policy', 'packages/rollout'],
  'apps/api': ['packages/policy', 'packages/promql', 'packages/slo', 'packages/rollout', 'packages/db', 'packages/aws'],
  'apps/web': ['packages/policy', 'apps/api'],
  'apps/gateway': ['packages/policy', 'packages/remote-write', 'packages/promql', 'packages/aws'],
  'agents/probe': ['packages/policy', 'packages/remote-write'],
  packer: ['packages/policy', 'apps/gateway', 'local'],
  local: servers,
  e2e: ['local'],
  bench: [...servers, 'local', 'e2e'],
}

const inside = (room) => `^${room}/`
/** Test files may also use the real parts that `local` starts. */
const testFile = '\\.test\\.tsx?$'

const roomRules = Object.entries(rooms).flatMap(([room, allowed]) => {
  const forbidden = Object.keys(rooms).filter((other) => other !== room && !allowed.includes(other))
  const comment = `${room} may import ${allowed.join(', ') || 'nothing of ours'}`
  const name = `${room.replace('/', '-')}-imports`
  return [
    {
      name,
      comment,
      severity: 'error',
      from: { path: inside(room), pathNot: testFile },
      to: { path: forbidden.map(inside) },
    },
    {
      name: `${name}-in-tests`,
      comment: `${comment}; its tests also local`,
      severity: 'error',
      from: { path: `${inside(room)}.*${testFile}` },
      to: { path: forbidden.filter((other) => other !== 'local').map(inside) },
    },
  ]
})

const only = (name, owners, packages) => ({
  name,
  comment: `only ${owners.join(' and ')} may import it`,
  severity: 'error',
  from: { path: '^(apps|agents|packages|packer|local|e2e|bench)/', pathNot: owners.map(inside) },
  to: { path: packages },
})

module.exports = {
  forbidden: [
    ...roomRules,
    only('prisma-stays-in-db', ['packages/db'], ['node_modules/@?prisma/', 'packages/db/src/generated']),
    only('aws-sdk-stays-in-aws', ['packages/aws', 'local'], ['node_modules/@aws-sdk/', 'node_modules/@smithy/']),
    {
      name: 'policy-is-pure',
      comment: 'the domain imports only itself; biome.json forbids clocks, random numbers and I/O in it',
      severity: 'error',
      from: { path: '^packages/policy/src/', pathNot: [testFile, '^packages/policy/src/testing/'] },
      to: { pathNot: '^packages/policy/src/' },
    },
    {
      name: 'promql-does-no-io',
      comment: 'the query language is text in, text out',
      severity: 'error',
      from: { path: '^packages/promql/src/', pathNot: testFile },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'slo-does-no-io',
      comment: 'definitions and counts in, rules and budgets out; biome.json forbids clocks and random numbers in it',
      severity: 'error',
      from: { path: '^packages/slo/src/', pathNot: testFile },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'rollout-does-no-io',
      comment: 'plans and observations in, decisions out; biome.json forbids clocks and random numbers in it',
      severity: 'error',
      from: { path: '^packages/rollout/src/', pathNot: testFile },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-meet-in-services',
      comment: "a feature uses another's service, types or errors, never its router",
      severity: 'error',
      from: { path: '^apps/api/src/features/([^/]+)/' },
      to: { path: '^apps/api/src/features/([^/]+)/.*\\.router\\.ts$', pathNot: '^apps/api/src/features/$1/' },
    },
    {
      // The package's name gives types only: its export has no runtime condition.
      name: 'web-names-the-api-by-its-package',
      comment: 'by a relative path the portal could import code that the API runs',
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { path: '^apps/api/', dependencyTypes: ['local'] },
    },
    {
      name: 'web-knows-only-the-router-type',
      comment: "the portal may import only the type of the API's router",
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { path: '^apps/api/', pathNot: '^apps/api/src/router\\.ts$' },
    },
    {
      // Types count too: two files that need each other should be one file, or share a third.
      name: 'no-circular',
      comment: 'no file imports itself, directly or through others',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API: without the swc parser dependency-cruiser reads 0 modules and passes.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.next[^/]*/', 'src/generated/', 'next-env\\.d\\.ts'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css', '.d.ts'],
    },
  },
}
