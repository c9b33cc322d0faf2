import { run, SetupFault } from '../steps.mjs'
import { once } from './once.mjs'
import { onPath } from './onPath.mjs'

export const goRemedy = 'If the network failed, run it again; Go reads proxies from its own settings (go env GOPROXY).'

/** @param command what a person runs again. @throws {SetupFault} if Go is missing or too old. */
export async function checkGo(command) {
  const [, major = 0, minor = 0] = onPath('go') ? (/go(\d+)\.(\d+)/.exec(await run('go', ['version'])) ?? []) : []
  if (Number(major) !== 1 || Number(minor) < 26) {
    const found = Number(major) > 0 ? `go${major}.${minor}` : 'none'
    throw new SetupFault(
      `${command} builds programs with Go 1.26 or newer, which is not on PATH (found: ${found}).\n` +
        'Install it from your system’s packages or as Go’s documentation says, then run: ' +
        command,
    )
  }
}

/** Builds a program with Go, and returns its folder. */
export const goInstall = (name, version, path, ...flags) =>
  once(name, version, `${name} ${version} (Go)`, (target) =>
    run('go', ['install', ...flags, `${path}@${version}`], {
      env: { ...process.env, GOBIN: target },
      remedy: goRemedy,
    }),
  )
