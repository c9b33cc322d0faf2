// `packer init` and `packer build` for a test of a release: registers AMIs with MiniStack's EC2, with the tags that the templates give,
// and writes what Packer's post-processor writes, and lists of one package. It builds nothing: `npm run test:images` runs what Packer would.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { registerAmi } from '../images/amis.ts'

const args = process.argv.slice(2)
if (args[0] === 'build') {
  const file = args.find((each) => each.startsWith('-var-file='))?.slice('-var-file='.length) ?? ''
  const variables = JSON.parse(readFileSync(file, 'utf8')) as {
    commit: string
    manifest: string
    package_lists: string
    kms_keys: Record<string, string>
    gateway_artifacts: Record<string, { sha256: string }>
    gateway_programs: Record<string, { sha256: string }>
  }
  const { commit, kms_keys, gateway_artifacts, gateway_programs, package_lists } = variables
  const url = process.env.AWS_ENDPOINT_URL ?? ''
  const system = mkdtempSync(join(package_lists, 'system-'))
  for (const folder of ['etc', 'var/lib/dpkg']) mkdirSync(join(system, folder), { recursive: true })
  writeFileSync(join(system, 'etc/os-release'), 'ID=debian\nVERSION_ID=12\n')
  const installed = 'Package: example\nStatus: install ok installed\nArchitecture: all\nVersion: 1.2.3\n\n'
  writeFileSync(join(system, 'var/lib/dpkg/status'), installed)
  const builds = []
  for (const architecture of ['x86_64', 'arm64'] as const) {
    const name = `tickwatch-gateway-${architecture}-${commit.slice(0, 12)}`
    const tags = { 'tickwatch:role': 'gateway', 'tickwatch:commit': commit }
    execFileSync('tar', ['-cf', join(package_lists, `gateway-${architecture}.tar`), '-C', system, 'etc', 'var'])
    const amis: string[] = []
    for (const region of Object.keys(kms_keys)) {
      amis.push(`${region}:${await registerAmi(url, { name, architecture, tags, region })}`)
    }
    builds.push({
      ...{ name: `gateway-${architecture}`, builder_type: 'amazon-ebs', build_time: 1, files: null },
      ...{ artifact_id: amis.join(','), packer_run_uuid: 'run' },
      custom_data: {
        commit,
        gateway_sha256: gateway_artifacts[architecture]?.sha256,
        programs_sha256: gateway_programs[architecture]?.sha256,
      },
    })
  }
  writeFileSync(variables.manifest, JSON.stringify({ builds, last_run_uuid: 'run' }))
}
