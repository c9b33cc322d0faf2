import { join } from 'node:path'
import { type Running, startProcess } from '../process/processes.ts'
import { root } from '../process/tools.ts'
import type { PartContext } from './part.ts'

/** Starts a part that is a script of this repository, in its own process. */
export const startScript = (
  { name, logFile, overrides }: PartContext,
  script: string,
  env: Readonly<Record<string, string>>,
  ready: () => Promise<boolean>,
): Promise<Running> =>
  startProcess({
    name,
    command: process.execPath,
    args: [join(root, script)],
    cwd: root,
    env: { ...env, ...overrides.env?.[name] },
    logFile,
    ready,
  })
