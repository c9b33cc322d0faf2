import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { toolFolder } from './parts.ts'

const run = promisify(execFile)

/** A vulnerability of all versions of a package of npm. */
export type Advisory = { id: string; package: string; severity: 'Critical' | 'High' | 'Low' }

// The schemas that Grype's builder knows: https://github.com/anchore/vunnel/tree/main/schema
const schemas = 'https://raw.githubusercontent.com/anchore/vunnel/main/schema'

/** Builds a real database with Grype's own code, of only this advisory. @returns the folder that its update is served from */
export async function buildDatabase(dir: string, { id, package: name, severity }: Advisory): Promise<string> {
  const provider = join(dir, 'data', 'github')
  await mkdir(join(provider, 'results'), { recursive: true })
  const result = `results/${id}.json`
  const now = new Date().toISOString()
  await writeFile(join(provider, 'results/listing.xxh64'), `0000000000000000  ${result}\n`)
  await writeFile(
    join(provider, 'metadata.json'),
    JSON.stringify({
      ...{ provider: 'github', version: 1, processor: 'a test', urls: [], timestamp: now, store: 'flat-file' },
      schema: { version: '1.0.3', url: `${schemas}/provider-workspace-state/schema-1.0.3.json` },
      listing: { digest: '0000000000000000', path: 'results/listing.xxh64', algorithm: 'xxh64' },
    }),
  )
  const fix = { name, identifier: '9999.0.0', ecosystem: 'npm', namespace: 'github:npm', range: '< 9999.0.0' }
  await writeFile(
    join(provider, result),
    JSON.stringify({
      schema: `${schemas}/vulnerability/github-security-advisory/schema-1.0.0.json`,
      identifier: `github:npm/${id}`,
      item: {
        Vulnerability: {},
        Advisory: {
          ...{ Classification: 'GENERAL', Severity: severity, FixedIn: [fix], Summary: 'An example', CVE: [] },
          ...{ url: `https://advisories.example/${id}`, Metadata: { CVE: [] }, ghsaId: id, namespace: 'github:npm' },
          ...{ published: now, updated: now, withdrawn: null },
        },
      },
    }),
  )
  const built = join(dir, 'built')
  await mkdir(built)
  await run(join(toolFolder('grypeDatabase'), 'grypeDatabase'), [provider, built])
  return built
}

/** Serves the files of a folder, whatever the path before their name. */
export async function serveDatabase(folder: string) {
  const server = createServer((request, response) => {
    readFile(join(folder, basename(new URL(request.url ?? '/', 'http://localhost').pathname))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => new Promise((stopped) => server.close(stopped)) }
}
