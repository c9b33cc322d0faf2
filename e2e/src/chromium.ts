import { accessSync, constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser']

/** Arguments for any Chromium; those of `@sparticuz/chromium` would switch web security off. */
export const chromiumArguments = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']

/** An installed Chrome or Chromium. If there is none, the one in the npm package, unpacked to `cacheDir`. */
export async function chromiumPath(cacheDir: string): Promise<string> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(directory, name), constants.X_OK)
        return join(directory, name)
      } catch {
        // It is not here, but the next place may have it.
      }
    }
  }
  // The package reuses $TMPDIR/chromium without a look at its version, so it gets a folder that nobody else writes to.
  await mkdir(cacheDir, { recursive: true })
  const previous = process.env.TMPDIR
  process.env.TMPDIR = cacheDir
  try {
    const { default: chromium } = await import('@sparticuz/chromium')
    return await chromium.executablePath()
  } finally {
    if (previous === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = previous
  }
}
