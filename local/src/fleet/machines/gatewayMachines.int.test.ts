import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { processIdentity } from '../../process/identity.ts'
import { freePort } from '../../process/ports.ts'
import { until } from '../../process/until.ts'
import type { FleetInstance } from '../model.ts'
import { groupOf } from '../testing/simulation.ts'
import { GatewayMachines } from './gatewayMachines.ts'

let dir: string
let said: string[]
let ports: number[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-machines-'))
  said = []
  ports = [await freePort(), await freePort()].sort((a, b) => a - b)
})
afterEach(() => rm(dir, { recursive: true }))

/** Instances that run a script instead of a gateway. It is told its port. */
const machinesOf = (script: string) =>
  new GatewayMachines({
    ...{ dir, logDir: dir, socketDir: dir, envoyDir: dir, ports },
    programOf: () => ({ command: '/bin/sh', args: ['-c', script] }),
    issue: async () => ({ cert: '', key: '' }),
    environment: (_, { httpPort }) => ({ PORT: String(httpPort) }),
    say: (line) => said.push(line),
  })
const group = groupOf(2)
const launch = (machines: GatewayMachines, i: number) =>
  machines.launch({ instance: group.instances[i] as FleetInstance, group, imageId: 'ami-old' })

it('if no instance starts, the fault has the end of a log', async () => {
  const machines = machinesOf('echo "no policy key" >&2; exit 7')
  launch(machines, 0)
  launch(machines, 1)
  await expect(machines.started()).rejects.toThrow(/old-0: ended with code 7\n.*no policy key/)
  expect(said.map((line) => line.split(':')[0]).sort()).toEqual(['old-0 did not start', 'old-1 did not start'])
  expect([...(await machines.seen()).values()]).toEqual(['ended', 'ended'])
})

it('an instance that does not answer yet is ended when it is to go, and nobody is told that it failed', async () => {
  const machines = machinesOf(`echo $$ > ${dir}/pid; sleep 60`)
  launch(machines, 0)
  await until('it runs', async () => (await readFile(join(dir, 'pid'), 'utf8')) !== '')
  machines.terminate('old-0')
  await until('it is gone', async () => (await machines.seen()).get('old-0') === 'ended')
  expect(processIdentity(Number(await readFile(join(dir, 'pid'), 'utf8')))).toBeNull()
  expect(said).toEqual([])
})

it('an instance has the first port that is free, also after one that ended', async () => {
  const serve = `exec ${process.execPath} -e "require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')"`
  const machines = machinesOf(serve)
  launch(machines, 0)
  launch(machines, 1)
  await machines.started()
  const portsInUse = () => machines.running().map(({ place }) => place.httpPort)
  expect(portsInUse()).toEqual(ports)
  machines.terminate('old-0')
  await until('it is gone', async () => (await machines.seen()).get('old-0') === 'ended')
  launch(machines, 0)
  await machines.started()
  expect(portsInUse().sort((a, b) => a - b)).toEqual(ports)
  await machines.stop()
  expect(machines.running()).toEqual([])
})
