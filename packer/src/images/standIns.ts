// What an instance reaches in AWS, for one that is booted in a test: the metadata service, SSM, AMP, the control plane and
// the private CA. It runs in the network namespace of the instance: node standIns.ts FOLDER.
//
// FOLDER has signing.pem, the key that signs policy. The policy is published as soon as a file `published` is there, and
// the CA is away while a file `no-ca` is. A file `days` says for how many days it signs. What the gateway and the agent wrote to AMP
// is in the file `written`, one series a line.
import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { manifestParameterName } from '@tickwatch/policy'
import { startAmpCapture } from '../../../apps/gateway/src/testing/ampCapture.ts'
import { startControlPlane } from '../../../apps/gateway/src/testing/controlPlane.ts'
import { environment, publish } from '../../../apps/gateway/src/testing/policies.ts'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'

const folder = process.argv[2] as string
const within = (name: string) => join(folder, name)
const instanceId = 'i-0123456789abcdef0'
const ring = 'fleet'

const amp = await startAmpCapture()
const controlPlane = await startControlPlane(folder, openCertificateAuthority)
const manifest = publish({ version: 7 }, createPrivateKey(readFileSync(within('signing.pem'), 'utf8'))).text

/** SSM, and the private CA for the `aws` of the test. */
const aws = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const json = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value))
    if (request.url === '/issue') return existsSync(within('no-ca')) ? json(500, {}) : json(200, issue(body))
    const target = request.headers['x-amz-target']
    if (target !== 'AmazonSSM.GetParameter') return json(400, { __type: 'UnknownOperationException' })
    const { Name } = JSON.parse(body.toString()) as { Name: string }
    if (Name !== manifestParameterName(environment, ring) || !existsSync(within('published'))) {
      return json(400, { __type: 'ParameterNotFound' })
    }
    json(200, { Parameter: { Name, Value: manifest, Version: 1, Type: 'String' } })
  })
})

/** Signs a request as the template EndEntityCertificate of AWS Private CA does: the names are those of the request. */
function issue(request: Buffer) {
  writeFileSync(within('request.pem'), request)
  const authority = ['-CA', within('pki/ca.pem'), '-CAkey', within('pki/ca.key'), '-CAcreateserial']
  const days = existsSync(within('days')) ? readFileSync(within('days'), 'utf8') : '7'
  const words = ['x509', '-req', '-in', within('request.pem'), ...authority, '-copy_extensions', 'copy', '-days', days]
  return { Certificate: execFileSync('openssl', words, { encoding: 'utf8' }), CertificateChain: controlPlane.ca }
}

const listen = (server: ReturnType<typeof createServer>, port: number, host: string) =>
  new Promise<void>((resolve) => server.listen(port, host, resolve))
await listen(aws, 4_599, '127.0.0.1')

const userData = readFileSync(new URL('../../cloudInit/gateway.yaml', import.meta.url), 'utf8')
const values: Record<string, string> = {
  environment,
  'trust domain': 'tickwatch.local',
  ring,
  'DNS name of the load balancer': 'localhost',
  'https URL of the machine port': controlPlane.url,
  'https URL of the workspace': amp.endpoint,
  'queries of all gateways together': '20',
  // The test's own: which endpoint AWS has.
  'ARN of the private CA': `arn:test\n      AWS_ENDPOINT_URL=http://127.0.0.1:4599`,
}
const filled = userData.replaceAll(/<([^>]+)>/g, (_, name: string) => {
  const value = values[name]
  if (value === undefined) throw new Error(`the test has no value for ${name}`)
  return value
})

const credentials = {
  Code: 'Success',
  Type: 'AWS-HMAC',
  AccessKeyId: 'test',
  SecretAccessKey: 'test',
  Token: 'test',
  LastUpdated: new Date().toISOString(),
  Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
}
/** The tree of the metadata service. A folder's answer is the list of what is in it. */
const tree: Record<string, string> = {
  'meta-data/ami-id': 'ami-0123456789abcdef0',
  'meta-data/instance-id': instanceId,
  'meta-data/instance-type': 'c7i.large',
  'meta-data/local-ipv4': '127.0.0.1',
  'meta-data/placement/availability-zone': 'us-east-1b',
  'meta-data/placement/region': 'us-east-1',
  'meta-data/iam/security-credentials/gateway': JSON.stringify(credentials),
  'dynamic/instance-identity/document': JSON.stringify({ instanceId, region: 'us-east-1' }),
  'user-data': filled,
}
const metadata = createServer((request, response) => {
  const path = decodeURIComponent(request.url ?? '').replace(/^\/[^/]+\//, '')
  // IMDSv2: nothing without a token.
  if (request.method === 'PUT' && path === 'api/token') {
    return response.writeHead(200, { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }).end('token')
  }
  if (request.headers['x-aws-ec2-metadata-token'] !== 'token') return response.writeHead(401).end()
  const value = tree[path]
  if (value !== undefined) return response.writeHead(200).end(value)
  const folderPath = path === '' || path.endsWith('/') ? path : `${path}/`
  const below = Object.keys(tree).filter((each) => each.startsWith(folderPath))
  const names = new Set(below.map((each) => each.slice(folderPath.length).replace(/\/.*/, '/')))
  if (names.size === 0) return response.writeHead(404).end()
  response.writeHead(200).end([...names].join('\n'))
})
await listen(metadata, 80, '169.254.169.254')

/** Keeps what arrived, for the test, and forgets it here. */
setInterval(() => {
  const series = amp.labelsTaken()
  amp.taken.length = 0
  amp.bodies.length = 0
  if (series.length > 0) appendFileSync(within('written'), `${series.join('\n')}\n`)
}, 200)

console.log('the stand-ins listen')
