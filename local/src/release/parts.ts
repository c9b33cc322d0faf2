import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSigner } from '@tickwatch/aws'
import { blobFile } from '../../../apps/gateway/build/release/oci/layout.ts'
import { writeBaseImage } from '../../../apps/gateway/build/release/testing/baseImage.ts'
import { callMiniStack } from '../parts/aws/awsBootstrap.ts'
import { freePort } from '../process/ports.ts'
import { startProcess } from '../process/processes.ts'
import { root } from '../process/tools.ts'
import { answers } from '../process/until.ts'

const run = promisify(execFile)

/** The folder of a program that `npm run test:signing` built. */
export const toolFolder = (name: string) => join(root, '.cache', 'tools', name)

/** Makes a key that never leaves KMS. @param url of MiniStack @returns what cosign calls it, and its public key */
export async function createKmsKey(url: string, name: string): Promise<{ key: string; pem: string }> {
  const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }
  const { KeyMetadata } = await callMiniStack<{ KeyMetadata: { KeyId: string } }>(url, 'TrentService.CreateKey', spec)
  const alias = `alias/${name}`
  await callMiniStack(url, 'TrentService.CreateAlias', { AliasName: alias, TargetKeyId: KeyMetadata.KeyId })
  return { key: `awskms:///${alias}`, pem: await createSigner(alias).publicKeyPem() }
}

/** A folder in the place of the programs of others in an AMI. One is a program that Go built, so that Syft can say what is in it. */
export async function standInPrograms(dir: string): Promise<string> {
  const folder = join(dir, 'programs')
  await mkdir(folder, { recursive: true })
  for (const name of ['envoy', 'prometheus']) await writeFile(join(folder, name), `${name}\n`)
  await copyFile(join(toolFolder('registry'), 'registry'), join(folder, 'node_exporter'))
  return folder
}

/** A registry of images in memory. @returns its address, such as `127.0.0.1:5000` */
export async function startRegistry(dir: string) {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const running = await startProcess({
    ...{ name: 'registry', command: join(toolFolder('registry'), 'registry'), args: ['-port', `${port}`] },
    logFile: join(dir, 'registry.log'),
    ready: () => answers(`http://${address}/v2/`),
  })
  return { ...running, address }
}

/**
 * Publishes a base image that has for x86-64 the libraries of this machine that Node needs. For arm64 it has none, because nothing runs it.
 * @returns its reference
 */
export async function publishBase(dir: string, registry: string): Promise<{ reference: string; digest: string }> {
  const { stdout } = await run('ldd', [process.execPath])
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path.slice(1))
  const tarOf = async (name: string, files: readonly string[]) => {
    const file = join(dir, name)
    await run('tar', ['--create', '--dereference', '--file', file, '--directory', '/', ...files])
    return readFile(file)
  }
  const layout = join(dir, 'base')
  const digest = await writeBaseImage(layout, {
    amd64: await tarOf('amd64.tar', ['etc/os-release', ...libraries]),
    arm64: await tarOf('arm64.tar', ['etc/os-release']),
  })
  await run('cosign', ['load', '--dir', layout, `${registry}/base:1`])
  return { reference: `${registry}/base@${digest}`, digest }
}

/** Puts a program in the place of another one. @returns the folder to have on PATH */
export async function standIn(dir: string, name: string, script: string): Promise<string> {
  const folder = await mkdtemp(join(dir, `${name}-`))
  const file = join(folder, name)
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, script)}' "$@"\n`)
  await chmod(file, 0o755)
  return folder
}

const json = async <T>(layout: string, digest: string) =>
  JSON.parse(await readFile(blobFile(layout, digest), 'utf8')) as T

/** Unpacks an image for x86-64 as a runtime of containers does. @returns its command, and how to run one in it as its user */
export async function unpackImage(layout: string, digest: string, dir: string) {
  type Named = { digest: string; platform?: { architecture: string } }
  const { manifests } = await json<{ manifests: Named[] }>(layout, digest)
  const of = manifests.find(({ platform }) => platform?.architecture === 'amd64')?.digest ?? ''
  const { config, layers } = await json<{ config: Named; layers: Named[] }>(layout, of)
  const rootFolder = join(dir, 'root')
  await mkdir(rootFolder)
  await chmod(rootFolder, 0o755)
  for (const layer of layers) {
    await run('tar', ['--extract', '--file', blobFile(layout, layer.digest), '--directory', rootFolder])
  }
  const { config: settings } = await json<{ config: { Entrypoint: string[]; User: string } }>(layout, config.digest)
  // Whoever is not root can change the root of a process only in a namespace of its own, and has only one user there.
  const change =
    process.getuid?.() === 0 ? ['chroot', `--userspec=${settings.User}`] : ['unshare', '--map-root-user', 'chroot']
  return {
    inside: (...command: string[]) => {
      const [program = '', ...args] = [...change, rootFolder, ...command]
      // Of all variables only where the program is that changes the root.
      return run(program, args, { env: { PATH: `${process.env.PATH}:/usr/sbin` } })
    },
    entrypoint: settings.Entrypoint,
  }
}
