import { join } from 'node:path'
import { type Running, startProcess } from '../processes.ts'
import { root } from '../tools.ts'
import { answers } from '../until.ts'

/** Starts the built portal; `env` is all that it is told, see docs/configuration.md. */
export const startWeb = ({ port, env, logFile }: { port: number; env: Record<string, string>; logFile: string }) =>
  startProcess({
    name: 'web',
    command: process.execPath,
    args: [join(root, 'node_modules/next/dist/bin/next'), 'start', '-H', '127.0.0.1', '-p', String(port)],
    cwd: join(root, 'apps/web'),
    env,
    logFile,
    ready: () => answers(`http://127.0.0.1:${port}/healthz`),
  }) satisfies Promise<Running>
