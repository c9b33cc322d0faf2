import { goInstall } from './go.mjs'

/** cosign signs, Syft lists what is in an artifact, and Grype finds its vulnerabilities. Go builds them in 10 to 20 min on two cores. */
export async function ensureReleaseTools() {
  await goInstall('cosign', 'v3.1.3', 'github.com/sigstore/cosign/v3/cmd/cosign')
  await goInstall('syft', 'v1.57.0', 'github.com/anchore/syft/cmd/syft')
  await goInstall('grype', 'v0.121.2', 'github.com/anchore/grype/cmd/grype')
}

/** Those, and a registry of images in memory: for `npm run test:signing`. */
export async function ensureSigning() {
  await ensureReleaseTools()
  await goInstall('registry', 'v0.22.1', 'github.com/google/go-containerregistry/cmd/registry')
}
