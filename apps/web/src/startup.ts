import { EnvironmentError } from '@tickwatch/policy'
import { env } from './env.ts'
import { correctRequests } from './lib/incoming.ts'

/** Prepares the server. If the environment is wrong, writes every fault to stderr and ends the process. */
export function startOrExit() {
  try {
    correctRequests(env().TRUSTED_PROXIES)
  } catch (fault) {
    if (!(fault instanceof EnvironmentError)) throw fault
    process.stderr.write(`${fault.message}\n`)
    process.exit(1)
  }
}
