import { resolve } from 'node:path'
import { rolldown } from 'rolldown'

export const bundleFile = 'gateway.mjs'
const mapFile = `${bundleFile}.map`

/**
 * The gateway and all packages that it uses, in one file, and its source map. Paths in them are relative to `root`, so
 * that they are the same in every folder.
 * @param root of the repository, or of a copy of it
 * @throws Error if a module is missing.
 */
export async function bundleGateway(root: string): Promise<Map<string, Buffer>> {
  await using build = await rolldown({
    input: resolve(root, 'apps/gateway/src/main.ts'),
    cwd: root,
    platform: 'node',
    tsconfig: false,
    // A module that cannot be found is only a warning.
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const { output } = await build.generate({
    dir: root,
    format: 'esm',
    entryFileNames: bundleFile,
    codeSplitting: false,
    // A stack trace needs only names and lines.
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  const files = new Map(output.map((each) => [each.fileName, Buffer.from('code' in each ? each.code : each.source)]))
  const names = [...files.keys()].sort().join(' and ')
  if (names !== `${bundleFile} and ${mapFile}`) throw new Error(`the bundle is ${names}`)
  return files
}
