// A process of its own, so that its processor time is not the worker's: Auto Scaling and EC2 with machines that are no processes, and a
// metrics store that has figures of each of them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { figuresOf } from '../../apps/api/src/testing/figures.ts'
import { Fleet } from '../../local/src/fleet/fleet.ts'
import { keepStepping } from '../../local/src/fleet/loop.ts'
import { serveFleet } from '../../local/src/fleet/query/server.ts'
import { FakeMachines } from '../../local/src/fleet/testing/fakeMachines.ts'
import { fleetOf, imageOf } from '../../local/src/fleet/testing/states.ts'
import { images, names, size } from './groups.ts'

const state = fleetOf(Object.fromEntries(names.map((name) => [name, size.instances])))
state.images = Object.values(images).map(imageOf)
for (const { versions } of state.templates) for (const version of versions) version.imageId = images.old
const fleet = new Fleet({ state, machines: new FakeMachines(), now: Date.now })
for (let i = 0; i < 5; i++) await fleet.step()
keepStepping(fleet, 500, (cause) => {
  throw cause
})
const aws = await serveFleet(fleet, 0)

/** Answers queries as AMP does. */
const amp = createServer((request, response) => {
  request.toArray().then((chunks) => {
    const asked = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
    const [from, to, step] = ['start', 'end', 'step'].map((name) => Number(asked.get(name))) as [number, number, number]
    const series = figuresOf(asked.get('query') ?? '', { from, to, step }, () => ({}))
    const result = series.map(({ labels, points }) => ({
      metric: labels,
      values: points.map(([t, value]) => [t, String(value)]),
    }))
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }))
  }, response.destroy)
})
await new Promise<void>((listening) => amp.listen(0, '127.0.0.1', listening))
const ampUrl = `http://127.0.0.1:${(amp.address() as AddressInfo).port}/workspaces/ws-bench`
process.send?.({ awsUrl: aws.url, ampUrl })
process.once('disconnect', () => process.exit())
