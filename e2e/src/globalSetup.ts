import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { mustNotRun, startPlatform } from '@tickwatch/local'
import { createLink } from './link.ts'
import { accessTokenSeconds, awsLinkPort, controlUrl, driftAlertSeconds, portOffset, stateDir } from './platform.ts'

/**
 * Starts a whole new platform, and a server through which the tests start and stop its parts.
 * @returns what stops everything
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  mkdirSync(stateDir, { recursive: true })
  mustNotRun(stateDir)
  // The unpacked browser stays: it has no state, and unpacking takes seconds. By local.json the start ends the processes
  // that a killed run left.
  for (const entry of readdirSync(stateDir)) {
    if (entry !== 'chromium' && entry !== 'local.json') rmSync(join(stateDir, entry), { recursive: true, force: true })
  }
  const startedAt = Date.now()
  const awsLink = createLink(awsLinkPort, 4566 + portOffset)
  await awsLink.start()
  const platform = await startPlatform({
    stateDir,
    portOffset,
    accessTokenSeconds,
    env: {
      api: { DRIFT_ALERT_SECONDS: String(driftAlertSeconds), ALERT_RULES_INTERVAL_SECONDS: '2' },
      'gateway-2': { AWS_ENDPOINT_URL: awsLink.url, POLICY_POLL_SECONDS: '1' },
    },
    onDeath: (part, how, log) => console.error(`${part.name} ${how}\n${log}`),
  })
  console.log(`platform up in ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`)
  const server = await listen((name) => (name === 'aws-link' ? awsLink : platform.part(name)))
  return async () => {
    server.close()
    server.closeAllConnections()
    await platform.stop()
    await awsLink.stop()
  }
}

type Switch = {
  start(): Promise<unknown>
  stop(): Promise<unknown>
  kill?: (signal: NodeJS.Signals) => Promise<unknown>
}

async function listen(switchOf: (name: string) => Switch) {
  const server = createServer((request, response) => {
    const [name, action, signal] = (request.url ?? '').slice(1).split('/')
    const run = async () => {
      const part = switchOf(name ?? '')
      if (action === 'kill') return part.kill?.(signal as NodeJS.Signals)
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
