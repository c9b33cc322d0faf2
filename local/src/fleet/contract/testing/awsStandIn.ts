import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fleet } from '../../fleet.ts'
import { keepStepping } from '../../loop.ts'
import type { AlarmState } from '../../model.ts'
import { autoScaling } from '../../query/autoScaling.ts'
import { ec2 } from '../../query/ec2.ts'
import { serveFleet } from '../../query/server.ts'
import { type Answer, toXml } from '../../query/xml.ts'
import { FakeMachines } from '../../testing/fakeMachines.ts'
import { imageOf } from '../../testing/states.ts'

const images = ['ami-0000000000000001a', 'ami-0000000000000002b']
const firstVersion = { number: 1, description: '', createdMs: 0, clientToken: null }

/**
 * What `npm run test:aws` takes for AWS: MiniStack, but the local fleet for what it answers. A group that is created in MiniStack is
 * a group of the fleet too. The two public parameters, DescribeInstanceTypeOfferings and DescribeInstances, which MiniStack
 * lacks or knows nothing for, are answered here.
 */
export async function startAwsStandIn(ministackUrl: string) {
  const state = { images: images.map(imageOf), alarms: {}, templates: [], groups: [] }
  const fleet = new Fleet({ state, machines: new FakeMachines(), now: Date.now })
  const faults: unknown[] = []
  // Slowly enough that a caller sees each state, as in AWS.
  const stopStepping = keepStepping(fleet, 300, (cause) => faults.push(cause))
  const fleetServer = await serveFleet(fleet, 0)
  /** The names of all calls so far. */
  const calls: string[] = []
  /** Calls of these names are not allowed. */
  const denied = new Set<string>()

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    const json = String(request.headers['x-amz-target'] ?? '').split('.')[1]
    const form = new URLSearchParams(json === undefined ? body : '')
    const call = json ?? form.get('Action') ?? ''
    calls.push(call)
    const xml = (action: string, content: Answer) => response.end(toXml(`${action}Response`, content, 'item'))
    if (denied.has(call)) {
      const error = '<Error><Code>AccessDenied</Code><Message>You may not.</Message></Error>'
      const isEc2 = form.get('Version') === '2016-11-15'
      const fault = isEc2 ? `<Response><Errors>${error}</Errors></Response>` : `<ErrorResponse>${error}</ErrorResponse>`
      return response.writeHead(403).end(fault)
    }
    if (call === 'GetParameters') {
      const { Names } = JSON.parse(body) as { Names: string[] }
      return response.end(JSON.stringify({ Parameters: Names.map((Name, i) => ({ Name, Value: images[i] })) }))
    }
    if (call === 'SetAlarmState') {
      const { AlarmName, StateValue } = JSON.parse(body) as { AlarmName: string; StateValue: AlarmState }
      fleet.state.alarms[AlarmName] = StateValue
    }
    if (call === 'DescribeInstanceTypeOfferings') {
      return xml(call, { instanceTypeOfferingSet: ['a', 'b', 'c'].map((zone) => ({ location: `us-east-1${zone}` })) })
    }
    if (call === 'DescribeInstances') {
      const instancesSet = fleet.state.groups.flatMap((group) =>
        group.instances.map(({ id, templateVersion }) => {
          const version = fleet.templateOf(group).versions[Number(templateVersion) - 1]
          return { instanceId: id, imageId: version?.imageId }
        }),
      )
      return xml(call, { reservationSet: [{ instancesSet }] })
    }
    const isOfFleet = json === undefined && (Object.hasOwn(autoScaling, call) || Object.hasOwn(ec2, call))
    const { authorization = '', 'content-type': type = '', 'x-amz-target': target } = request.headers
    const passed = await fetch(isOfFleet ? fleetServer.url : ministackUrl, {
      method: 'POST',
      headers: { authorization, 'content-type': type, ...(target && { 'x-amz-target': String(target) }) },
      body,
    })
    const text = await passed.text()
    if (passed.ok) mirror(call, form, text)
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? 'text/xml' }).end(text)
  }

  /** What MiniStack did with templates and groups, in the fleet. */
  function mirror(call: string, form: URLSearchParams, text: string) {
    const { state: now } = fleet
    const name = form.get('AutoScalingGroupName') ?? ''
    if (call === 'CreateLaunchTemplate') {
      const id = /<launchTemplateId>([^<]+)/.exec(text)?.[1] ?? ''
      const versions = [{ ...firstVersion, imageId: form.get('LaunchTemplateData.ImageId') ?? '' }]
      now.templates.push({ id, name: form.get('LaunchTemplateName') ?? '', defaultVersion: 1, versions })
    }
    if (call === 'CreateAutoScalingGroup') {
      now.groups.push({
        ...{ name, templateId: form.get('LaunchTemplate.LaunchTemplateId') ?? '', zones: ['us-east-1a'], tags: {} },
        ...{ templateVersion: form.get('LaunchTemplate.Version') ?? '', desired: Number(form.get('DesiredCapacity')) },
        ...{ instances: [], refreshes: [], launchFailedMs: null },
      })
    }
    if (call === 'DeleteAutoScalingGroup') now.groups = now.groups.filter((group) => group.name !== name)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((cause: unknown) => {
      faults.push(cause)
      response.destroy()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    denied,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await fleetServer.stop()
      await stopStepping()
      if (faults.length > 0) throw new AggregateError(faults, 'the stand-in failed')
    },
  }
}
