import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatewaySpiffeId, manifestParameterName, peerSpiffeId } from '@tickwatch/policy'
import { afterAll, beforeAll, vi } from 'vitest'
import { type AmpCapture, startAmpCapture } from '../../../../apps/gateway/src/testing/ampCapture.ts'
import { type ControlPlane, startControlPlane } from '../../../../apps/gateway/src/testing/controlPlane.ts'
import { environment, newSigningKey, publish } from '../../../../apps/gateway/src/testing/policies.ts'
import { callMiniStack } from '../../parts/aws/awsBootstrap.ts'
import { awsRegion, startMiniStack } from '../../parts/aws/ministack.ts'
import { endpointsFile } from '../../parts/envoy/endpoints.ts'
import { startEnvoy } from '../../parts/envoy/envoy.ts'
import { openCertificateAuthority } from '../../parts/pki.ts'
import type { CertificateFiles } from '../../platform/localState.ts'
import { root } from '../../process/tools.ts'
import { Fleet } from '../fleet.ts'
import type { Image } from '../fleetState.ts'
import { keepStepping } from '../loop.ts'
import { GatewayMachines, type ImageProgram } from '../machines/gatewayMachines.ts'
import { serveFleet } from '../query/server.ts'
import { fleetOf } from './states.ts'

const trustDomain = 'tickwatch.local'
const ring = 'fleet'

/**
 * Groups of these sizes of real gateways behind a real Envoy, for the tests of one file. They read their policy from MiniStack;
 * AMP and the machine port of the API are stand-ins. The images: `ami-old` and `ami-new` are today's sources, `ami-bad` has the
 * public key of somebody else, so that it refuses each policy and never gets ready.
 */
export function useGatewayFleet(sizes: Readonly<Record<string, number>>) {
  const parts = {} as {
    dir: string
    fleet: Fleet
    machines: GatewayMachines
    envoy: Awaited<ReturnType<typeof startEnvoy>>
    amp: AmpCapture
    controlPlane: ControlPlane
    caFile: string
    writer: CertificateFiles
  }
  const stops: (() => Promise<unknown>)[] = []
  const faults: unknown[] = []

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tickwatch-fleet-'))
    parts.dir = dir
    stops.push(() => rm(dir, { recursive: true, force: true }))
    const signing = newSigningKey()
    const keyFile = async (name: string, key: typeof signing) => {
      await writeFile(join(dir, name), key.publicKey.export({ type: 'spki', format: 'pem' }))
      return join(dir, name)
    }
    const publicKeys = await keyFile('keys.pem', signing)
    const otherKeys = await keyFile('other-keys.pem', newSigningKey())

    const ministack = await startMiniStack({ dir: join(dir, 'ministack') })
    stops.push(() => ministack.stop())
    await callMiniStack(ministack.url, 'AmazonSSM.PutParameter', {
      Name: manifestParameterName(environment, ring),
      Value: publish({ version: 1 }, signing.privateKey).text,
      Type: 'String',
    })
    parts.amp = await startAmpCapture()
    stops.push(() => parts.amp.close())
    parts.controlPlane = await startControlPlane(dir, openCertificateAuthority)
    stops.push(() => parts.controlPlane.close())

    const ca = await openCertificateAuthority(join(dir, 'pki'))
    parts.caFile = ca.certFile
    const uri = peerSpiffeId(trustDomain, 'acme', 'writer', 'agent')
    parts.writer = await ca.issue({ path: 'writer', usage: 'client', uri })
    const program = { command: process.execPath, args: [join(root, 'apps/gateway/src/main.ts')], cwd: root }
    const programs: Record<string, ImageProgram> = {
      'ami-old': program,
      'ami-new': program,
      'ami-bad': { ...program, env: { POLICY_PUBLIC_KEYS_FILE: otherKeys } },
    }
    await mkdir(join(dir, 'run'), { mode: 0o700 })
    parts.machines = new GatewayMachines({
      dir: join(dir, 'instances'),
      logDir: join(dir, 'instances'),
      socketDir: join(dir, 'run'),
      envoyDir: join(dir, 'envoy'),
      ports: [],
      programOf(imageId) {
        const found = programs[imageId]
        if (!found) throw new Error(`the image ${imageId} has no program`)
        return found
      },
      issue: (id) => ca.issue({ path: `gateways/${id}`, usage: 'client', uri: gatewaySpiffeId(trustDomain, id) }),
      environment: ({ instance }, place) => ({
        GATEWAY_ID: place.id,
        GATEWAY_RING: ring,
        GATEWAY_ZONE: instance.zone,
        GATEWAY_SOCKET: place.socket,
        GATEWAY_HTTP_PORT: String(place.httpPort),
        GATEWAY_STATE_DIR: place.stateDir,
        GATEWAY_CERT_FILE: place.certificate.cert,
        GATEWAY_KEY_FILE: place.certificate.key,
        TICKWATCH_ENVIRONMENT: environment,
        TRUST_DOMAIN: trustDomain,
        POLICY_PUBLIC_KEYS_FILE: publicKeys,
        CONTROL_PLANE_URL: parts.controlPlane.url,
        CONTROL_PLANE_CA_FILE: parts.caFile,
        AMP_ENDPOINT: parts.amp.endpoint,
        AWS_REGION: awsRegion,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL: ministack.url,
      }),
      say: () => {},
    })
    stops.push(() => parts.machines.stop())
    parts.envoy = await startEnvoy({
      dir: join(dir, 'envoy'),
      caFile: parts.caFile,
      certificate: await ca.issue({ path: 'edge', usage: 'server', dnsNames: ['localhost'] }),
    })
    stops.push(() => parts.envoy.stop())

    const state = fleetOf(sizes)
    state.images.push({ ...(state.images[0] as Image), id: 'ami-bad', name: 'ami-bad' })
    parts.fleet = new Fleet({ state, machines: parts.machines, now: Date.now })
    stops.push(keepStepping(parts.fleet, 100, (cause) => faults.push(cause)))
    const server = await serveFleet(parts.fleet, 0)
    stops.push(() => server.stop())
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    vi.stubEnv('AWS_ENDPOINT_URL_AUTO_SCALING', server.url)
    vi.stubEnv('AWS_ENDPOINT_URL_EC2', server.url)
  })

  afterAll(async () => {
    vi.unstubAllEnvs()
    for (const stop of stops.reverse()) await stop()
    if (faults.length > 0) throw new AggregateError(faults, 'the fleet failed')
  })

  return {
    parts,
    /** The instances in the file from which Envoy reads its gateways. */
    async inEnvoysFile(): Promise<string[]> {
      const file = JSON.parse(await readFile(endpointsFile(join(parts.dir, 'envoy')), 'utf8'))
      const endpoints: { metadata: { filter_metadata: { 'envoy.lb': { hash_key: string } } } }[] =
        file.resources[0].endpoints[0].lb_endpoints
      return endpoints.map(({ metadata }) => metadata.filter_metadata['envoy.lb'].hash_key).sort()
    },
    /** The versions of the instances of a group that are in service, and whether all of it is. */
    group(name: string) {
      const { instances, templateVersion, desired } = parts.fleet.group(name)
      const serving = instances.filter(({ lifecycle, isReady }) => lifecycle === 'InService' && isReady)
      return {
        templateVersion,
        isComplete: serving.length === desired && instances.length === desired,
        versions: serving.map((instance) => instance.templateVersion),
        ids: serving.map(({ id }) => id),
        instances,
      }
    },
  }
}
