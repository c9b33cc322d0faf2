import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Runs in its own process, because it must outlive a SIGKILL of this one. It reads `+ pid` and `- pid`. When its input
 * ends, this process has ended in some way, and it kills the process groups that are left.
 */
const script = `
pids=""
while read -r sign pid; do
  if [ "$sign" = "+" ]; then pids="$pids $pid"; continue; fi
  left=""
  for each in $pids; do [ "$each" = "$pid" ] || left="$left $each"; done
  pids="$left"
done
for pid in $pids; do kill -KILL "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null; done
exit 0
`

let reaper: ChildProcess | undefined

function tell(line: string) {
  if (!reaper) {
    reaper = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    reaper.unref()
    // An open pipe would keep this process alive. Its type is Writable, but it is a socket.
    if (reaper.stdin && 'unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref()
  }
  reaper.stdin?.write(`${line}\n`)
}

/** From now on the process `pid` does not outlive us. */
export const reapWithUs = (pid: number) => tell(`+ ${pid}`)
/** The process `pid` has ended. Another process may soon have its id. */
export const doNotReap = (pid: number) => tell(`- ${pid}`)
