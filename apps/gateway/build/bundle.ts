import { relative, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

export const bundleFile = 'gateway.mjs'
const mapFile = `${bundleFile}.map`

/** Node keeps the map in memory. With the lines of all packages it would take 65 MB there, and without them 6 MB. */
const onlyOurLines: Plugin = {
  name: 'only-our-lines',
  transform: { filter: { id: /node_modules/ }, handler: (code) => ({ code, map: { mappings: '' } }) },
}

export type Bundle = {
  /** The module and its source map, by name. */
  files: Map<string, Buffer>
  /** The folder of each package that is in it, relative to the root, such as `node_modules/undici`. */
  packages: string[]
}

/**
 * The gateway and all packages that it uses, in one file, and its source map. Paths in them are relative to `root`, so
 * that they are the same in every folder.
 * @param root of the repository, or of a copy of it
 * @throws Error if a module is missing.
 */
export async function bundleGateway(root: string): Promise<Bundle> {
  const build = await rolldown({
    input: resolve(root, 'apps/gateway/src/main.ts'),
    cwd: root,
    platform: 'node',
    tsconfig: false,
    plugins: [onlyOurLines],
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
  await build.close()
  const files = new Map(output.map((each) => [each.fileName, Buffer.from('code' in each ? each.code : each.source)]))
  const names = [...files.keys()].sort().join(' and ')
  if (names !== `${bundleFile} and ${mapFile}`) throw new Error(`the bundle is ${names}`)
  const modules = output.flatMap((each) => ('moduleIds' in each ? each.moduleIds : []))
  const packages = new Set(modules.flatMap((module) => packageOf(relative(root, module)) ?? []))
  return { files, packages: [...packages].sort() }
}

/** A package may be in the folder of another one, so that the last `node_modules` counts. */
const packageOf = (path: string) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
