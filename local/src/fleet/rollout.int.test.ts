// Drives packages/rollout's state machine through packages/aws's adapter against the fleet, with real gateways.
import { createRolloutGroups } from '@tickwatch/aws/rollout'
import { expect, it } from 'vitest'
import { until } from '../process/until.ts'
import { drive, region } from './testing/drive.ts'
import { useGatewayFleet } from './testing/gatewayFleet.ts'
import { startSteadyWriter } from './testing/steadyWriter.ts'

const at = useGatewayFleet({ canary: 1, rest: 2 })

const complete = () =>
  until('all in service', () => at.group('canary').isComplete && at.group('rest').isComplete, { seconds: 300 })

it('a good image goes through, wave by wave, while a writer loses nothing', async () => {
  await complete()
  const { envoy, caFile, writer, amp } = at.parts
  await until('Envoy sends on', async () =>
    (await (await fetch(`${envoy.adminUrl}/clusters`)).text()).includes('health_flags::healthy'),
  )
  const before = [...at.group('canary').ids, ...at.group('rest').ids]
  const steady = startSteadyWriter(envoy.url, caFile, writer)
  const { state, said } = await drive(createRolloutGroups(region), 'rollout-good', 'ami-new')
  const statuses = await steady.stop()

  expect(state.phase).toBe('succeeded')
  expect(said).toEqual(['started', 'wave started', 'wave complete', 'wave started', 'wave complete', 'succeeded'])
  for (const name of ['canary', 'rest']) {
    expect(at.group(name).templateVersion).toBe('2')
    expect(new Set(at.group(name).versions)).toEqual(new Set(['2']))
  }
  const after = [...at.group('canary').ids, ...at.group('rest').ids]
  expect(after.filter((id) => before.includes(id))).toEqual([])
  expect([...statuses.keys()]).toEqual([204])
  // Each sample is another value, and each that was accepted is stored.
  const stored = amp.taken.flatMap(({ timeseries }) =>
    timeseries.flatMap(({ samples }) => samples.map(({ value }) => value)),
  )
  expect(new Set(stored).size).toBe(statuses.get(204))
  // Each has an identity of its own.
  expect(at.parts.controlPlane.heartbeats.map(({ gatewayId }) => gatewayId)).toEqual(expect.arrayContaining(after))
}, 900_000)

it('an image that never gets ready is stopped at the canary and rolled back', async () => {
  await complete()
  const rest = at.group('rest').ids
  const before = at.group('canary')
  // The state machine's clock stands still until the bad gateway reports to the control plane. Then ten minutes have passed.
  const startMs = Date.now()
  const known = new Set(at.parts.controlPlane.heartbeats.map(({ gatewayId }) => gatewayId))
  const badRuns = () => at.parts.controlPlane.heartbeats.some(({ gatewayId }) => !known.has(gatewayId))
  const clockMs = () => (badRuns() ? startMs + 600_000 : startMs)
  const { state, said } = await drive(createRolloutGroups(region), 'rollout-bad', 'ami-bad', { clockMs })

  expect(state).toMatchObject({
    phase: 'rolled back',
    wave: 0,
    ending: { by: null, reason: 'For 600 s no further instance got ready: 0 of 2 run the candidate and are ready.' },
  })
  expect(said).toEqual(['started', 'wave started', 'rolling back', 'rolled back'])
  await complete()
  // The old one was in service all the time: the new one is launched first.
  expect(at.group('canary')).toMatchObject({ ids: before.ids, templateVersion: before.templateVersion })
  expect(at.group('rest').ids).toEqual(rest)
  expect(at.parts.fleet.group('canary').refreshes[0]?.status).toBe('RollbackSuccessful')
}, 900_000)

it('a gateway that is killed is taken out of the edge and replaced', async () => {
  await complete()
  const before = at.group('rest')
  const [killed = '', kept = ''] = before.ids
  const pid = at.parts.machines.pidOf(killed)
  // A pid of 0 would be this process's own group.
  if (pid === null) throw new Error(`${killed} does not run.`)
  process.kill(pid, 'SIGKILL')
  // It is out of service already while its process ends.
  await until('it is gone', () => !at.group('rest').instances.some(({ id }) => id === killed))
  await until('Envoy’s file does not have it', async () => !(await at.inEnvoysFile()).includes(killed))
  await complete()
  const after = at.group('rest')
  expect(after.ids).toContain(kept)
  expect(after.versions).toEqual(before.versions)
  const all = [...after.ids, ...at.group('canary').ids].sort().join()
  await until('Envoy’s file has exactly all of them', async () => (await at.inEnvoysFile()).join() === all)
}, 300_000)
