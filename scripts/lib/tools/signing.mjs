import { goInstall } from './go.mjs'

/** cosign signs, and Syft lists what is in an artifact: for `npm run test:signing` only. Go builds them in 5 to 15 min on two cores. */
export async function ensureSigning() {
  await goInstall('cosign', 'v3.1.3', 'github.com/sigstore/cosign/v3/cmd/cosign')
  await goInstall('syft', 'v1.57.0', 'github.com/anchore/syft/cmd/syft')
}
