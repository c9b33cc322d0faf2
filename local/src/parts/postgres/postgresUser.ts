import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Who Postgres runs as, and how. */
export type PostgresUser = {
  /** Whom its files must belong to; null for who runs this. */
  owner: { uid: number; gid: number } | null
  command(
    binary: string,
    args: readonly string[],
  ): [command: string, args: string[], options: { uid?: number; gid?: number }]
}

/**
 * Postgres refuses to run as root; then it runs as the user `postgres`, made where there is none. Below a folder that only
 * root may enter, like a home or a temporary clone, it keeps root's right to pass through folders, and no other.
 * @throws with what to do where neither works.
 */
export async function postgresUser(paths: readonly string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { owner: null, command: (binary, args) => [binary, [...args], {}] }
  const owner = await ensureUser()
  const closed = (await Promise.all(paths.map((path) => closedFolder(dirname(path))))).find((path) => path !== null)
  if (closed === undefined) return { owner, command: (binary, args) => [binary, [...args], owner] }
  // The last is for access(2), by which initdb looks for its neighbours: it asks with the rights of the real user.
  const passage = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search', '--securebits=+no_setuid_fixup']
  const setpriv = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...passage]
  await run('setpriv', [...setpriv, 'true']).catch((cause) => {
    throw new Error(
      `Postgres runs as the user postgres, who may not enter ${closed}: run "chmod o+x ${closed}", or start as another user than root`,
      { cause },
    )
  })
  return { owner, command: (binary, args) => ['setpriv', [...setpriv, binary, ...args], {}] }
}

async function ensureUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  try {
    return { uid: await id('-u'), gid: await id('-g') }
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
    return { uid: await id('-u'), gid: await id('-g') }
  }
}

/** The nearest folder on the way down to this one that others than its owner may not pass; null when there is none. */
async function closedFolder(folder: string): Promise<string | null> {
  for (let path = folder; ; path = dirname(path)) {
    const { mode } = await stat(path).catch(() => ({ mode: 0o001 }))
    if (!(mode & 0o001)) return path
    if (path === dirname(path)) return null
  }
}
