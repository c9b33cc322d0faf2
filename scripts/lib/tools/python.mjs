import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupFault } from '../steps.mjs'
import { once, tools } from './once.mjs'
import { onPath } from './onPath.mjs'

const binary = join(tools, 'python', 'bin', 'python')

/** Makes a virtual environment with these packages; other tools install theirs with its {@link pip}. */
export async function ensurePython(packages, title) {
  const make = async (folder) => {
    await run(await findPython(), ['-m', 'venv', folder], {
      remedy: 'Python has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv',
    })
    await pip(...packages)
  }
  // A virtual environment works only with the Python that it was made with.
  const interpreter = () => ` ${existsSync(binary) ? realpathSync(binary) : 'without Python'}`
  await once('python', packages.join(' '), title, make, interpreter)
  return binary
}

export const pip = (...args) =>
  run(binary, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], {
    remedy: 'If the network failed, run it again; pip reads HTTPS_PROXY and PIP_INDEX_URL.',
  })

async function findPython() {
  const versions = ['3', '3.14', '3.13', '3.12', '3.11', '3.10', '']
  for (const version of versions) {
    const command = onPath(`python${version}`)
    if (!command) continue
    const found = await run(command, ['-c', 'import sys; print(*sys.version_info[:2])']).catch(() => '')
    const [major, minor] = found.trim().split(' ').map(Number)
    if (major === 3 && minor >= 10) return command
  }
  throw new SetupFault(
    'Python 3.10 or newer is missing (MiniStack and Envoy are installed with pip).\n' +
      'On Debian and Ubuntu: sudo apt-get install python3 python3-venv · on macOS: brew install python',
  )
}
