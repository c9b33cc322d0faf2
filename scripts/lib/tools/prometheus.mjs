import { join } from 'node:path'
import { run } from '../steps.mjs'
import { debianPackages } from './debian.mjs'
import { onPath } from './onPath.mjs'

const remedy =
  'Needed: Prometheus 2, from 2.40 on, with promtool, and node exporter.\n' +
  'Unpack their official releases into a folder of PATH.'

/** Prometheus with promtool, and node exporter: those of the machine, or else Debian's. */
export async function ensurePrometheus() {
  const onSystem = {
    prometheus: onPath('prometheus'),
    promtool: onPath('promtool'),
    nodeExporter: onPath('prometheus-node-exporter') ?? onPath('node_exporter'),
  }
  if (onSystem.promtool && onSystem.nodeExporter && (await newEnough(onSystem.prometheus))) return onSystem
  const root = await debianPackages('prometheus', ['prometheus', 'prometheus-node-exporter'], remedy)
  const program = (name) => join(root, 'usr', 'bin', name)
  return {
    prometheus: program('prometheus'),
    promtool: program('promtool'),
    nodeExporter: program('prometheus-node-exporter'),
  }
}

/** Native histograms came with Prometheus 2.40; 3 took away the flag that makes it an agent. */
async function newEnough(prometheus) {
  if (!prometheus) return false
  const said = await run(prometheus, ['--version']).catch(() => '')
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? []
  return Number(major) === 2 && Number(minor) >= 40
}
