import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Issuer, startIssuer } from '../parts/issuer/issuer.ts'
import { startWeb } from '../parts/web.ts'
import { freePort } from '../process/ports.ts'
import type { TestBrowser } from './browser.ts'
import { signedIn } from './signedIn.ts'

/** A request from the portal's server to the API. */
export type ApiCall = { path: string; method: string; headers: IncomingHttpHeaders; closed: boolean }

export type TestPortal = Awaited<ReturnType<typeof startTestPortal>>

/**
 * Starts the built portal in its own process, with the real issuer. An HTTP server replaces the API: it records the
 * requests and answers as the test sets it.
 */
export async function startTestPortal(options: { accessTokenSeconds: number }) {
  const dir = await mkdtemp(join(tmpdir(), 'tickwatch-portal-'))
  const api = await startApiInPlace()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const client = { id: 'portal', secret: 'a-secret-of-the-test', portalUrl: url }
  const issuerOptions = { dir: join(dir, 'issuer'), port: await freePort(), client, ...options }
  let issuer: Issuer | null = await startIssuer(issuerOptions)
  const web = await startWeb({
    port,
    logFile: join(dir, 'web.log'),
    env: {
      NODE_ENV: 'production',
      NEXTAUTH_URL: url,
      NEXTAUTH_SECRET: 'a secret of the test with 32 characters and more',
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: client.id,
      OIDC_CLIENT_SECRET: client.secret,
      API_URL: `${api.url}/trpc`,
      READERS_URL: 'https://localhost:9444',
    },
  })
  const stopIssuer = async () => {
    await issuer?.stop()
    issuer = null
  }
  return {
    url,
    api,
    web,
    issuer: {
      url: issuer.url,
      stop: stopIssuer,
      start: async () => {
        issuer = await startIssuer(issuerOptions)
      },
      /** Signs everyone out and makes all refresh tokens invalid. */
      forgetEveryone: async () => {
        await stopIssuer()
        await rm(join(issuerOptions.dir, 'grants.json'))
        issuer = await startIssuer(issuerOptions)
      },
    },
    /** A browser in which this person has signed in on the issuer's page. */
    signedIn: (email: string): Promise<TestBrowser> => signedIn(url, email),
    async stop() {
      await web.stop()
      await stopIssuer()
      await api.stop()
      await rm(dir, { recursive: true })
    },
  }
}

async function startApiInPlace() {
  const calls: ApiCall[] = []
  const listener: { current: RequestListener } = {
    current: (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":{"data":null}}')
    },
  }
  const server = createServer((request, response) => {
    const call = { path: request.url ?? '', method: request.method ?? '', headers: request.headers, closed: false }
    calls.push(call)
    response.once('close', () => {
      call.closed = true
    })
    listener.current(request, response)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const usual = listener.current
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    /** What the portal asked to answer one request. A page that an earlier request opened may still be asking. */
    callsFor: (answer: Response) =>
      calls.filter(({ headers }) => headers['x-request-id'] === answer.headers.get('x-request-id')),
    /** Sets how requests are answered from now on. Without a listener every answer is empty. */
    answer(next: RequestListener = usual) {
      calls.length = 0
      listener.current = next
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
