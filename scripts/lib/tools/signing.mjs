import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../steps.mjs'
import { goInstall, goRemedy } from './go.mjs'
import { once } from './once.mjs'

const grype = 'github.com/anchore/grype'
const grypeVersion = 'v0.121.2'

/** cosign signs, Syft lists what is in an artifact, and Grype finds its vulnerabilities. Go builds them in 5 to 20 min on two cores. */
export async function ensureReleaseTools() {
  await goInstall('cosign', 'v3.1.3', 'github.com/sigstore/cosign/v3/cmd/cosign')
  await goInstall('syft', 'v1.57.0', 'github.com/anchore/syft/cmd/syft')
  await goInstall('grype', grypeVersion, `${grype}/cmd/grype`)
}

/** Those, a registry of images in memory, and a builder of databases for Grype: for `npm run test:signing`. */
export async function ensureSigning() {
  await ensureReleaseTools()
  await goInstall('registry', 'v0.22.1', 'github.com/google/go-containerregistry/cmd/registry')
  await once('grypeDatabase', grypeVersion, `builder of databases for Grype ${grypeVersion} (Go)`, async (target) => {
    copyFileSync(join(root, 'local/src/release/grypeDatabase/main.go'), join(target, 'main.go'))
    const go = (...args) => run('go', args, { cwd: target, remedy: goRemedy })
    await go('mod', 'init', 'grypeDatabase')
    await go('get', `${grype}/grype/db@${grypeVersion}`, `${grype}/grype/db/provider@${grypeVersion}`)
    await go('build', '-o', 'grypeDatabase', '.')
  })
}
