import { EnvironmentError } from '@tickwatch/policy'
import { env } from './env.ts'

/** If the environment is wrong, writes every fault to stderr and ends the process. */
export function startOrExit() {
  try {
    env()
  } catch (fault) {
    if (!(fault instanceof EnvironmentError)) throw fault
    process.stderr.write(`${fault.message}\n`)
    process.exit(1)
  }
}
