import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { type Program, tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'

/** The configuration that Alertmanager reads in its folder. The AMP stand-in replaces it. */
export const configFileIn = (dir: string) => join(dir, 'alertmanager.yml')

/** Nobody gets an alert until a definition was put. */
const noDefinition = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] }

/** Alertmanager as this machine has it. @throws Error if it has none. */
export function alertmanagerHere(): Program {
  const program = tools().alertmanager
  if (!program) throw new Error('Alertmanager is not set up. Run: npm run setup, and read what it says about it')
  return program
}

/** Starts the Alertmanager behind the AMP stand-in, with the configuration of its last run. */
export async function startAlertmanager(options: {
  dir: string
  port?: number
  logFile?: string
}): Promise<Running & { url: string }> {
  const { command, args, env } = alertmanagerHere()
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  mkdirSync(options.dir, { recursive: true })
  const config = configFileIn(options.dir)
  if (!existsSync(config)) writeFileSync(config, JSON.stringify(noDefinition))
  const running = await startProcess({
    name: 'alertmanager',
    command,
    args: [
      ...args,
      `--config.file=${config}`,
      `--storage.path=${join(options.dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Without this it opens another port, for other Alertmanagers.
      '--cluster.listen-address=',
    ],
    cwd: options.dir,
    env,
    logFile: options.logFile ?? join(options.dir, 'alertmanager.log'),
    ready: () => answers(`${url}/-/ready`),
  })
  return { ...running, url }
}
