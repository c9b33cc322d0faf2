import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort } from '../process/ports.ts'
import { startProcess } from '../process/processes.ts'
import { root } from '../process/tools.ts'
import { answers } from '../process/until.ts'
import { locationOf } from '../testing/browser.ts'
import type { SignInPages } from '../testing/signedIn.ts'

/** `scripts/lib/tools/keycloak.mjs` puts it there. */
const home = join(root, '.cache/tools/keycloak')

export type KeycloakUser = {
  username: string
  password: string
  email: string
  emailVerified: boolean
  groups: string[]
}
export type Keycloak = Awaited<ReturnType<typeof startKeycloak>>

/**
 * Starts Keycloak with an empty database in memory, and one realm.
 * @param realm its name and settings, as its admin API has them
 */
export async function startKeycloak(dir: string, realm: { realm: string } & Record<string, unknown>) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const password = randomBytes(16).toString('hex')
  const running = await startProcess({
    name: 'Keycloak',
    command: join(home, 'bin/kc.sh'),
    args: ['start-dev', '--http-host=127.0.0.1', `--http-port=${port}`, '--db=dev-mem', '--cache=local'],
    env: { KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: password },
    logFile: join(dir, 'keycloak.log'),
    ready: () => answers(`${url}/realms/master/.well-known/openid-configuration`),
    readyWithinSeconds: 400,
  })

  /** @returns the body, or the id of what was created. */
  async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password }
    const signedIn = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    const { access_token } = (await signedIn.json()) as { access_token: string }
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`Keycloak answered ${response.status} to ${method} ${path}: ${text}`)
    const created = response.headers.get('location')?.split('/').at(-1)
    return created ?? (text === '' ? null : JSON.parse(text))
  }

  await admin('POST', '', { enabled: true, ...realm })
  const inRealm = (method: string, path: string, body?: unknown) => admin(method, `/${realm.realm}${path}`, body)
  return {
    issuer: `${url}/realms/${realm.realm}`,
    /** Calls the admin API of the realm. */
    admin: inRealm,
    async addGroup(name: string) {
      await inRealm('POST', '/groups', { name })
    },
    /** @returns the user's id. */
    async addUser({ username, password, email, emailVerified, groups }: KeycloakUser): Promise<string> {
      const credentials = [{ type: 'password', value: password, temporary: false }]
      const name = { firstName: username, lastName: 'Lindqvist' }
      const user = { username, email, emailVerified, groups, credentials, enabled: true, ...name }
      return String(await inRealm('POST', '/users', user))
    },
    stop: () => running.stop(),
  }
}

/** Fills in Keycloak's sign-in page. @throws Error if Keycloak shows something else */
export const keycloakPages =
  ({ username, password }: Pick<KeycloakUser, 'username' | 'password'>): SignInPages =>
  async (visit, authorize) => {
    const page = await (await visit(authorize)).text()
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    if (!action) throw new Error(`Keycloak shows no sign-in form:\n${page.slice(0, 2_000)}`)
    const answer = await visit(action, { form: { username, password, credentialId: '' } })
    if (answer.status !== 302) throw new Error(`Keycloak did not accept ${username}: ${answer.status}`)
    return locationOf(answer, action).href
  }
