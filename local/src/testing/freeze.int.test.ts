import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished, vi } from 'vitest'
import { freeze } from './freeze.ts'

const statOf = (pid: number) => /\) (\S) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]

it('a process is suspended and goes on, also if one that it started has ended and nobody asked how', async () => {
  // `sleep` never asks for the end of what the shell started before it became `sleep`.
  const child = spawn('sh', ['-c', 'true & exec sleep 60'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const pid = child.pid ?? expect.fail('it did not start')
  const started = () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
  await vi.waitFor(() => expect(statOf(started())).toBe('Z'))
  const thaw = await freeze(pid)
  expect(statOf(pid)).toBe('T')
  thaw()
  await vi.waitFor(() => expect(statOf(pid)).toBe('S'))
})
