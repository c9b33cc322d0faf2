import { createServer } from 'node:http'
import { startPlatform } from '@tickwatch/local'
import { gateways } from '../../local/src/parts/gateway.ts'
import { ampWorkspaceId } from '../../local/src/platform/layout.ts'
import { createLink } from './link.ts'
import { inNewFolder } from './newFolder.ts'
import {
  accessTokenSeconds,
  ampLinkPort,
  awsLinkPort,
  controlUrl,
  driftAlertSeconds,
  half,
  portOffset,
  stateDir,
} from './platform.ts'
import { longName, people } from './portal.ts'

/**
 * Starts a whole new platform, and a server through which the tests start and stop its parts.
 * @returns what stops everything
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const startedAt = Date.now()
  const awsLink = createLink(awsLinkPort, 4566 + portOffset)
  const ampLink = createLink(ampLinkPort, 9009 + portOffset)
  const fleet = half === 'rollouts'
  const toAmp = { AMP_ENDPOINT: `${ampLink.url}/workspaces/${ampWorkspaceId}` }
  const ofGateways = {
    ...Object.fromEntries(gateways.map(({ id }) => [id, toAmp])),
    'gateway-2': { ...toAmp, AWS_ENDPOINT_URL: awsLink.url, POLICY_POLL_SECONDS: '1' },
  }
  const platform = await inNewFolder(stateDir, async () => {
    await Promise.all([awsLink.start(), ampLink.start()])
    return startPlatform({
      stateDir,
      portOffset,
      fleet,
      accessTokenSeconds,
      morePeople: [
        {
          email: people.longName,
          name: longName,
          groups: ['platform-admins', 'platform-approvers'],
          does: 'has a long name',
        },
      ],
      env: {
        api: { DRIFT_ALERT_SECONDS: String(driftAlertSeconds), ALERT_RULES_INTERVAL_SECONDS: '2' },
        ...(fleet ? {} : ofGateways),
      },
      onDeath: (part, how, log) => console.error(`${part.name} ${how}\n${log}`),
    })
  })
  console.log(`platform up in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`)
  const links: Record<string, Switch> = { 'aws-link': awsLink, 'amp-link': ampLink }
  const server = await listen((name) => links[name] ?? platform.part(name))
  return async () => {
    server.close()
    server.closeAllConnections()
    await platform.stop()
    await Promise.all([awsLink.stop(), ampLink.stop()])
  }
}

type Switch = {
  start(): Promise<unknown>
  stop(): Promise<unknown>
  kill?: (signal: NodeJS.Signals) => Promise<unknown>
  delay?: (ms: number) => void
}

async function listen(switchOf: (name: string) => Switch) {
  const server = createServer((request, response) => {
    const [name, action, how] = (request.url ?? '').slice(1).split('/')
    const run = async () => {
      const part = switchOf(name ?? '')
      if (action === 'kill') return part.kill?.(how as NodeJS.Signals)
      if (action === 'delay') return part.delay?.(Number(how))
      if (action === 'stop') return part.stop()
      if (action === 'start') return part.start()
      throw new Error(`no such action: ${request.url}`)
    }
    run().then(
      () => response.end(),
      (fault: Error) => response.writeHead(500).end(fault.message),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(new URL(controlUrl).port), '127.0.0.1', resolve)
  })
  return server
}
