import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackGateway } from '../unpack.ts'
import { amisOf, filesOf, named, type ReleaseRecord, readRecord, scannedOf } from './record.ts'
import { reportFault } from './report.ts'
import { ask } from './tools.ts'

/**
 * Lists with Syft what is in the artifacts, the AMIs and the OCI image, and reports with Grype the vulnerabilities of that. All reports are
 * made with the same database.
 * @throws Error if Grype has no database, so that nothing is released that nobody could check. Then there is no report.
 */
export async function scanStep(folder: string): Promise<void> {
  const record = await readRecord(folder)
  amisOf(record)
  const files = filesOf(folder)
  for (const each of scannedOf(record)) await rm(files.vulnerabilities(each), { force: true })
  await updateDatabase()
  await listPackages(folder, record)
  for (const each of scannedOf(record)) {
    const report = files.vulnerabilities(each)
    // An update between two reports would give them different databases.
    const env = { GRYPE_DB_AUTO_UPDATE: 'false' }
    await ask('grype', [`sbom:${files.sbom(each)}`, '--output', 'json', '--file', report], env)
    const fault = reportFault(await readFile(report, 'utf8'), new Date())
    if (fault === null) continue
    await rm(report)
    throw new Error(`The report about ${each} can’t be used. ${fault}`)
  }
  console.log(`Scanned ${scannedOf(record).join(', ')}.`)
}

async function listPackages(folder: string, record: ReleaseRecord): Promise<void> {
  const files = filesOf(folder)
  const temporary = await mkdtemp(join(tmpdir(), 'tickwatch-scan-'))
  try {
    for (const { architecture, artifactSha256: sha256 } of record.builds) {
      const into = join(temporary, architecture)
      // Where the image has it, so that the places in the list are those.
      const { cwd: unpacked } = await unpackGateway(
        { sha256, file: files.artifact(sha256) },
        join(into, 'opt/tickwatch/gateway'),
      )
      const list = (source: string, of: string, ...more: string[]) => [
        ...['scan', source, '--source-name', `tickwatch-gateway-${named[architecture].platform}`],
        ...['--source-version', record.version, '--output', `cyclonedx-json=${of}`, ...more],
      ]
      // Syft reads the package.json of single packages only in images, not in folders.
      const inFolders = ['--select-catalogers', '+javascript-package-cataloger']
      await ask('syft', list(`dir:${unpacked}`, files.sbom(`artifact-${architecture}`), ...inFolders))
      await ask('tar', ['--extract', '--file', files.packageList(architecture), '--directory', into])
      const programs = join(into, 'opt/tickwatch/programs')
      await mkdir(programs, { recursive: true })
      await ask('tar', ['--extract', '--file', files.programs(architecture), '--directory', programs])
      await ask('syft', list(`dir:${into}`, files.sbom(`ami-${architecture}`), ...inFolders))
      const platform = ['--platform', `linux/${named[architecture].oci}`]
      await ask('syft', list(`oci-dir:${files.oci}`, files.sbom(`oci-${architecture}`), ...platform))
    }
  } finally {
    await rm(temporary, { recursive: true })
  }
}

/**
 * Lets Grype get its newest database. An update that fails is no fault if the database of before is still good.
 * @throws Error if it has none
 */
export async function updateDatabase(): Promise<void> {
  const updated = await ask('grype', ['db', 'update']).catch((cause: Error) => cause)
  try {
    await ask('grype', ['db', 'status'])
  } catch (cause) {
    const why = updated instanceof Error ? updated.message : String(cause)
    throw new Error(
      'Grype has no database of vulnerabilities here, so nothing can be released: a report without one finds nothing. ' +
        `Let this machine reach Grype’s database, or set GRYPE_DB_UPDATE_URL to a mirror of it. Grype said:\n${why}`,
      { cause },
    )
  }
}
