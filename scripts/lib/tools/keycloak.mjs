import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupFault } from '../steps.mjs'
import { once } from './once.mjs'
import { onPath } from './onPath.mjs'

const version = '26.4.7'
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'

/** Keycloak, for `npm run test:keycloak` only. Maven fetches it, from where Maven's settings on this machine say. */
export async function ensureKeycloak() {
  const java = onPath('java') ? await run('java', ['--version']).catch(() => '') : ''
  const major = Number(/^\w+ (\d+)/.exec(java)?.[1] ?? 0)
  const missing = [
    ...(major >= 17 ? [] : [`Java 17 or newer (found: ${major || 'none'})`]),
    ...(onPath('mvn') ? [] : ['Maven (mvn)']),
    ...(onPath('tar') ? [] : ['tar']),
  ]
  if (missing.length > 0) {
    throw new SetupFault(
      `Keycloak needs what this machine does not have on PATH: ${missing.join(', ')}.\n` +
        'On Debian and Ubuntu: sudo apt-get install openjdk-17-jre-headless maven tar · on macOS: brew install openjdk maven',
    )
  }
  await once('keycloak', version, `Keycloak ${version} (Maven)`, async (target) => {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`
    await run('mvn', ['-q', '-B', copyPlugin, `-Dartifact=${artifact}`, `-DoutputDirectory=${target}`], {
      cwd: target,
      remedy: 'If the network failed, run it again; Maven reads proxies and mirrors from its settings.xml.',
    })
    const archive = join(target, `keycloak-quarkus-dist-${version}.tar.gz`)
    await run('tar', ['-xzf', archive, '-C', target, '--strip-components=1'])
    rmSync(archive)
  })
}
