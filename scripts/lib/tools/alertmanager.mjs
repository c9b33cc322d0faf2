import { join } from 'node:path'
import { SetupFault, say } from '../steps.mjs'
import { debianPackages } from './debian.mjs'
import { onPath } from './onPath.mjs'

const remedy =
  'Install Alertmanager 0.25 or newer with amtool: unpack its official release into a folder that is on PATH.'

/**
 * Alertmanager with amtool: those on `PATH`, or Debian's. Each is a command, the arguments that come before its own, and
 * its environment. Null if neither can be had: then everything else works, and alerts open no incidents.
 */
export async function ensureAlertmanager() {
  const alertmanager = onPath('alertmanager') ?? onPath('prometheus-alertmanager')
  const amtool = onPath('amtool')
  const plain = (command) => ({ command, args: [], env: {} })
  if (alertmanager && amtool) return { alertmanager: plain(alertmanager), amtool: plain(amtool) }
  try {
    const packages = ['prometheus-alertmanager', 'proot', 'libtalloc2']
    const root = await debianPackages('alertmanager', packages, remedy)
    // Debian's programs look for their templates at a fixed path, which exists only in the unpacked packages.
    const templates = '/usr/share/prometheus'
    const within = (program) => ({
      command: join(root, 'usr/bin/proot'),
      args: ['-b', `${join(root, templates)}:${templates}`, join(root, 'usr/bin', program)],
      env: { LD_LIBRARY_PATH: libraries(root) },
    })
    return { alertmanager: within('prometheus-alertmanager'), amtool: within('amtool') }
  } catch (fault) {
    if (!(fault instanceof SetupFault)) throw fault
    say(
      `  ! Alertmanager is missing. Alert rules fire, but open no incidents.\n${fault.message.replace(/^/gm, '    ')}`,
    )
    return { alertmanager: null, amtool: null }
  }
}

/** The folder of libtalloc depends on the processor. */
const libraries = (root) =>
  ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((processor) => join(root, 'usr/lib', processor)).join(':')
