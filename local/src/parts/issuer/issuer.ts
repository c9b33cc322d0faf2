import { generateKeyPairSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import Provider, { type JWK } from 'oidc-provider'
import { freePort } from '../../process/ports.ts'
import { configuration, type IssuerClient } from './configuration.ts'
import { localPassword, people as localPeople, type Person } from './people.ts'
import { faultPage, signInPage } from './signInPage.ts'
import { openGrantStore } from './store.ts'

export type Issuer = { url: string; stop(): Promise<void> }

type Secrets = { keys: JWK[]; cookieKey: string }

/** The signing and cookie keys, kept in this folder: with new keys every session would end. */
function secretsOf(dir: string): Secrets {
  const file = join(dir, 'keys.json')
  mkdirSync(dir, { recursive: true })
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const key = {
      ...privateKey.export({ format: 'jwk' }),
      kid: randomBytes(8).toString('hex'),
      alg: 'RS256',
      use: 'sig',
    }
    const secrets = { keys: [key], cookieKey: randomBytes(32).toString('base64url') }
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets
}

/**
 * Starts the local OpenID Connect issuer: authorisation code flow with PKCE, refresh, a `groups` claim, and a sign-in
 * page for the given people. Keys and sessions are kept in `dir`.
 */
export async function startIssuer(options: {
  dir: string
  port?: number
  logFile?: string
  client: IssuerClient
  people?: readonly Person[]
  /** The name of the claim with the groups, which differs between issuers. */
  groupsClaim?: string
  accessTokenSeconds?: number
}): Promise<Issuer> {
  const port = options.port ?? (await freePort())
  const url = `http://localhost:${port}`
  const people = options.people ?? localPeople
  const store = openGrantStore(join(options.dir, 'grants.json'))
  const logFile = options.logFile ?? join(options.dir, 'issuer.log')
  const log = (event: string, detail: string) =>
    appendFileSync(logFile, `${new Date().toISOString()} ${event} ${detail}\n`)
  const nonces = new WeakMap<ServerResponse, string>()
  const nonceOf = (res: ServerResponse) => nonces.get(res) ?? ''
  const provider = new Provider(url, {
    ...configuration({
      port,
      client: options.client,
      people,
      groupsClaim: options.groupsClaim ?? 'groups',
      accessTokenSeconds: options.accessTokenSeconds ?? 300,
      store,
      nonceOf,
      ...secretsOf(options.dir),
    }),
    renderError: async (ctx, out) => {
      ctx.type = 'html'
      ctx.body = faultPage(out.error_description ?? out.error, nonceOf(ctx.res))
    },
  })
  const fault = (event: string) => (_ctx: unknown, error: Error) => log(event, `${error.name}: ${error.message}`)
  provider.on('server_error', fault('server error'))
  provider.on('authorization.error', fault('authorization'))
  provider.on('grant.error', fault('grant'))
  provider.on('end_session.error', fault('sign-out'))

  const oidc = provider.callback()
  const server = createServer((req, res) => {
    const nonce = randomBytes(16).toString('base64')
    nonces.set(res, nonce)
    res.setHeader(
      'content-security-policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'`,
    )
    res.setHeader('cache-control', 'no-store')
    const serving = req.url?.startsWith('/interaction/')
      ? interaction(provider, people, req, res, nonce)
      : oidc(req, res)
    serving.catch((error: Error) => {
      log('sign-in', `${error.name}: ${error.message}`)
      if (!res.headersSent)
        res.writeHead(400, htmlType).end(faultPage('It has expired, or it was started in another browser.', nonce))
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      store.flush()
    },
  }
}

const htmlType = { 'content-type': 'text/html; charset=utf-8' }

async function interaction(
  provider: Provider,
  people: readonly Person[],
  req: IncomingMessage,
  res: ServerResponse,
  nonce: string,
): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(req, res)
  if (prompt.name !== 'login') throw new Error(`there is no page for the prompt ${prompt.name}`)
  if (req.method !== 'POST') {
    res.writeHead(200, htmlType).end(signInPage({ uid, people, email: '', fault: null, nonce }))
    return
  }
  const form = await formOf(req)
  const email = (form.get('email') ?? '').trim().toLowerCase()
  if (people.some((person) => person.email === email) && samePassword(form.get('password') ?? '')) {
    await provider.interactionFinished(req, res, { login: { accountId: email } }, { mergeWithLastSubmission: false })
    return
  }
  const fault = 'The email or the password is wrong.'
  res.writeHead(401, htmlType).end(signInPage({ uid, people, email, fault, nonce }))
}

function samePassword(given: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(localPassword)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const formBytesMax = 10_000

async function formOf(req: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of req) {
    text += chunk
    if (text.length > formBytesMax) throw new Error('the form is too large')
  }
  return new URLSearchParams(text)
}
