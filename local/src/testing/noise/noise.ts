import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { CertificateFiles } from '../../platform/localState.ts'

/** What one tenant does to the others: the worst that it can think of, with the rights and limits that it has. */
export type Noise =
  | { way: 'writes'; url: string; ca: string; certificate: CertificateFiles }
  | { way: 'queries'; writers: string; writer: CertificateFiles; readers: string; reader: CertificateFiles; ca: string }
  | { way: 'portal' | 'api'; url: string; emails: readonly string[]; tenant: string }

/** How many requests got each answer: its HTTP status, `gone` if the tenant did not wait, or `failed`. */
export type NoiseAnswers = Record<string, number>
/** Makes the noise until then, and counts each answer. */
export type MakeNoise = (endsMs: number, count: (answer: string) => void) => Promise<void>
/** What the process of {@link prepareNoise} says. */
export type Messages = { ready: true } | { answers: NoiseAnswers }

/**
 * Prepares the noise in a process of its own, which the system runs only when nothing else wants the processor: a real
 * noisy tenant computes on its own machines. The process lowers its own priority.
 * @returns makes the noise for some seconds. Call it once.
 */
export async function prepareNoise(noise: Noise): Promise<(seconds: number) => Promise<NoiseAnswers>> {
  const script = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(noise)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // In a session of its own: Linux may divide the processor between sessions first.
    detached: true,
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the noise of ${noise.way} ended with ${code}`)
  })
  ended.catch(() => {})
  const next = async () => (await Promise.race([once(child, 'message'), ended]))[0] as Messages
  await next()
  return async (seconds) => {
    child.send({ seconds })
    const message = await next()
    return 'answers' in message ? message.answers : {}
  }
}
