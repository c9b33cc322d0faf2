import { cpSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { partSpec } from '../platform/part.ts'
import { type Running, startProcess } from '../process/processes.ts'
import { root } from '../process/tools.ts'
import { answers } from '../process/until.ts'
import { oidcClientId } from './issuer/part.ts'

const portal = join(root, 'apps/web')
const build = join(portal, '.next')
/** Files that only the next build and the type check need. */
const notServed = new Set(['cache', 'types'])

/**
 * Starts the built portal. `env` is its whole configuration, see docs/configuration.md. It serves a copy of the build,
 * because a new build while it runs (by `npm test` after an edit) would delete its files.
 */
export async function startWeb(options: {
  port: number
  env: Record<string, string>
  logFile: string
}): Promise<Running> {
  const { port, env, logFile } = options
  // The copy is beside the build, because files in it link to node_modules by relative paths.
  const served = `.next-${port}`
  const remove = () => rmSync(join(portal, served), { recursive: true, force: true })
  remove()
  cpSync(build, join(portal, served), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (from) => !notServed.has(relative(build, from)),
  })
  const running = await startProcess({
    name: 'web',
    command: process.execPath,
    args: [join(root, 'node_modules/next/dist/bin/next'), 'start', '-H', '127.0.0.1', '-p', String(port)],
    cwd: portal,
    env: { ...env, PORTAL_BUILD: served },
    logFile,
    ready: () => answers(`http://127.0.0.1:${port}/healthz`),
  })
  void running.ended.then(remove)
  return running
}

export const webPart = partSpec({
  name: 'web',
  after: ['issuer'],
  ports: { web: 3000 },
  address: ({ addresses }) => addresses.portal,
  launch: ({ name, ports, logFile, state: { addresses, pki }, secrets, overrides }) =>
    startWeb({
      port: ports.web,
      logFile,
      env: {
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        PORT: String(ports.web),
        NEXTAUTH_URL: addresses.portal,
        NEXTAUTH_SECRET: secrets.sessionSecret,
        OIDC_ISSUER: addresses.issuer,
        OIDC_CLIENT_ID: oidcClientId,
        OIDC_CLIENT_SECRET: secrets.oidcClientSecret,
        API_URL: `${addresses.api}/trpc`,
        READERS_URL: addresses.readers,
        READERS_CA_FILE: pki.ca,
        ...overrides.env?.[name],
      },
    }),
})
