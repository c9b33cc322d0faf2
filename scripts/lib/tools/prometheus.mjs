import { join } from 'node:path'
import { run } from '../steps.mjs'
import { debianPackages } from './debian.mjs'
import { onPath } from './onPath.mjs'

const remedy =
  'Install Prometheus 2.40 to 2.x with promtool, and node exporter:\n' +
  'unpack their official releases into a folder that is on PATH.'

/** Prometheus with promtool, and node exporter: those on `PATH`, or Debian's if one is missing or too old. */
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

/** Prometheus 2.40 added native histograms; Prometheus 3 removed the flag that makes it an agent. */
async function newEnough(prometheus) {
  if (!prometheus) return false
  const output = await run(prometheus, ['--version']).catch(() => '')
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(output) ?? []
  return Number(major) === 2 && Number(minor) >= 40
}
