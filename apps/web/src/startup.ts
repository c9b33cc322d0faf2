import { EnvironmentError } from '@tickwatch/policy'
import { env } from './env.ts'

/** Ends the process with every fault of the environment on stderr. */
export function startOrExit() {
  try {
    env()
  } catch (fault) {
    if (!(fault instanceof EnvironmentError)) throw fault
    process.stderr.write(`${fault.message}\n`)
    process.exit(1)
  }
}
