import { expect, it } from 'vitest'
import { isAlive } from './process/identity.ts'
import { until } from './process/until.ts'
import { aliveOf, dataOf, gatewayIds, startFails, useCli } from './testing/useCli.ts'

const startSeconds = 120
const cli = useCli()
const { run, command, state: stateNow } = cli

it(
  'a part that dies is started again, each time after a longer pause, and a gateway is replaced; Ctrl-C in the terminal of npm start leaves no process behind; the next start goes on with the data',
  async () => {
    const npm = run('npm', ['start'])
    await until('ready', () => stateNow().phase === 'ready' && isAlive(stateNow().supervisor), {
      seconds: startSeconds,
    })
    const follow = command('logs', 'node-exporter', '-f')
    await until('the log so far', () => follow.output.includes('Listening on'))
    const shown = follow.output.length
    const die = () => process.kill(stateNow().processes['node-exporter']?.pid ?? 0, 'SIGKILL')
    die()
    await until('it runs again', () => npm.output.includes('node-exporter started again'))
    expect(npm.output).toContain('node-exporter was ended by SIGKILL; its log ends:')
    await until('its log goes on', () => follow.output.slice(shown).includes('Listening on'))
    die()
    await until('the longer pause', () => npm.output.includes('node-exporter starts again in 2 s'))
    expect(stateNow().restarts?.['node-exporter']).toMatchObject({ count: 2, how: 'was ended by SIGKILL' })
    await until('it runs again', () => npm.output.split('node-exporter started again').length === 3)
    const [killed = '', ...others] = gatewayIds(stateNow())
    const pid = stateNow().processes[killed]?.pid
    if (!pid) throw new Error(`${killed} does not run`)
    process.kill(pid, 'SIGKILL')
    await until('another gateway', () => {
      const ids = gatewayIds(stateNow())
      return ids.length === 4 && !ids.includes(killed)
    })
    expect(npm.output).toContain(`${killed} was ended by SIGKILL; its group launches another instance.`)
    expect(gatewayIds(stateNow())).toEqual(expect.arrayContaining(others))
    const last = stateNow()
    const [added = ''] = gatewayIds(last).filter((id) => !others.includes(id))
    const log = command('logs', added)
    expect(await log.ended, log.output).toBe(0)
    expect(log.output).toContain(`"gateway":"${added}"`)
    const up = command('status')
    expect(await up.ended, up.output).toBe(0)
    // What it prints of a part that waits, `restarts.test.ts` tests: here the pause might end meanwhile.
    expect(up.output).toMatch(/node-exporter +process \d+ .*\(2 times in all\); started again/)
    follow.child.kill('SIGINT')
    expect(await follow.ended).toBe(0)
    const unknown = command('logs', 'nothing')
    expect(await unknown.ended).toBe(2)
    expect(unknown.output).toMatch(/with a part of: .*fleet, .*i-[0-9a-f]{17}/)

    // A sample of the last moment may still be on its way.
    const at = () => Date.now() / 1_000 - 10
    await until('a policy, a quota and samples', async () => {
      const { quota, samples } = await dataOf(last, at())
      return quota !== null && samples.length > 0
    })
    const stoppedAt = at()
    const before = await dataOf(last, stoppedAt)
    process.kill(-(npm.child.pid ?? 0), 'SIGINT')
    await npm.ended
    expect(aliveOf(last)).toEqual([])
    expect(isAlive(last.supervisor)).toBe(false)
    expect(stateNow().phase).toBe('stopped')
    expect(await command('status').ended).toBe(1)

    const next = command('start', '--detach')
    expect(await next.ended, next.output).toBe(0)
    expect(await dataOf(stateNow(), stoppedAt)).toEqual(before)
    expect(gatewayIds(stateNow())).toEqual(gatewayIds(last))
    expect(await command('stop').ended).toBe(0)
    expect(aliveOf(stateNow())).toEqual([])
  },
  startSeconds * 2_000,
)

it(
  'a start in a terminal in which a part fails leaves no process behind, and says which and why',
  async () => {
    const repair = await startFails(cli)
    await repair()
  },
  startSeconds * 1_000,
)
