import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { root, tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'

export const awsAccountId = '000000000000'
export const awsRegion = 'us-east-1'

/**
 * Starts MiniStack, the AWS APIs of the local platform. Confirmed writes survive SIGKILL and a restart.
 * @param dir the folder of its state and log.
 * @param port by default a free port.
 */
export async function startMiniStack(options: {
  dir: string
  port?: number
  logFile?: string
}): Promise<Running & { url: string }> {
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const within = (name: string) => join(options.dir, name)
  // MiniStack keeps its pid file in TMPDIR.
  for (const name of ['state', 's3', 'tmp']) mkdirSync(within(name), { recursive: true })
  const running = await startProcess({
    name: 'ministack',
    command: tools().python,
    args: [join(root, 'local', 'ministack', 'wrapper.py')],
    env: {
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_ACCOUNT_ID: awsAccountId,
      MINISTACK_REGION: awsRegion,
      PERSIST_STATE: '1',
      STATE_DIR: within('state'),
      S3_PERSIST: '1',
      S3_DATA_DIR: within('s3'),
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      TMPDIR: within('tmp'),
      // At INFO it would log a line for each save.
      LOG_LEVEL: 'WARNING',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    logFile: options.logFile ?? within('ministack.log'),
    ready: () => answers(`${url}/_ministack/health`),
  })
  return { ...running, url }
}
