import { logs } from './commands/logs.ts'
import { reset } from './commands/reset.ts'
import { start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { stop } from './commands/stop.ts'
import { stateDirOf } from './platform/localState.ts'

const commands: Record<string, (stateDir: string, args: string[]) => Promise<number>> = {
  start,
  status,
  stop,
  logs,
  reset,
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  process.exit(await command(stateDirOf(), args))
} else {
  console.error(`Usage: npm run <${Object.keys(commands).join('|')}>`)
  process.exitCode = 2
}
