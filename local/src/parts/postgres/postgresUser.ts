import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The user that runs Postgres. */
export type PostgresUser = {
  /** The owner that its files need; null for the current user. */
  owner: { uid: number; gid: number } | null
  command(
    binary: string,
    args: readonly string[],
  ): [command: string, args: string[], options: { uid?: number; gid?: number }]
}

/**
 * Postgres refuses to run as root, so root runs it as the user `postgres`, created if it does not exist. Below a folder
 * that only root may enter, such as a home or a temporary clone, it keeps root's right to pass through folders, and no
 * other right.
 * @throws with what to do if neither works.
 */
export async function postgresUser(paths: readonly string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { owner: null, command: (binary, args) => [binary, [...args], {}] }
  const owner = await ensureUser()
  const closed = (await Promise.all(paths.map((path) => closedFolder(dirname(path))))).find((path) => path !== null)
  if (closed === undefined) return { owner, command: (binary, args) => [binary, [...args], owner] }
  // The last option is for access(2), which checks the rights of the real user: initdb uses it to find its programs.
  const passage = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search', '--securebits=+no_setuid_fixup']
  const setpriv = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...passage]
  await run('setpriv', [...setpriv, 'true']).catch((cause) => {
    throw new Error(
      `Postgres runs as the user postgres, which may not enter ${closed}: run "chmod o+x ${closed}", or start as another user than root`,
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

/** The nearest of this folder and its parents that only its owner may enter; null if there is none. */
async function closedFolder(folder: string): Promise<string | null> {
  for (let path = folder; ; path = dirname(path)) {
    const { mode } = await stat(path).catch(() => ({ mode: 0o001 }))
    if (!(mode & 0o001)) return path
    if (path === dirname(path)) return null
  }
}
