import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Kept in a process of its own: reads `+ pid` and `- pid`, and when its input ends because this process is gone, however
 * it went, kills the process groups that are left. Nothing else outlives a SIGKILL of the parent.
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
    // An open pipe would keep this process alive; its types say Writable, it is a socket.
    if (reaper.stdin && 'unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref()
  }
  reaper.stdin?.write(`${line}\n`)
}

/** From now on this process does not outlive us. */
export const reapWithUs = (pid: number) => tell(`+ ${pid}`)
/** It has ended by itself; its number may soon be another's. */
export const doNotReap = (pid: number) => tell(`- ${pid}`)
