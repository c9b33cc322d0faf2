import { readFile } from 'node:fs/promises'
import { idForms } from '@tickwatch/policy'
import { planSchema, type Target } from '@tickwatch/rollout'
import type { Logger } from 'pino'
import { z } from 'zod'
import { keptFor } from '../../shared/cached.ts'
import { idInput } from '../../shared/inputs.ts'

/** An Auto Scaling group, and the name of the images that it runs. */
export type RolloutTarget = Target & { image: string }

export type Targets = {
  targets: RolloutTarget[]
  /** Why there are none, a sentence; null if there are some. */
  missing: string | null
}

const file = z.object({
  targets: z.array(planSchema.shape.targets.element.extend({ image: idInput(idForms.image).default('gateway') })),
})

/**
 * @param text of the file: `{"targets": [{"group", "environment", "region", "zones", "ring", "image"}]}`
 * @throws if it is something else, or names a group of a region twice
 */
export function parseTargets(text: string): RolloutTarget[] {
  const { targets } = file.parse(JSON.parse(text))
  for (const [i, { group, region }] of targets.entries()) {
    if (targets.findIndex((other) => other.group === group && other.region === region) < i) {
      throw new TypeError(`the file names ${group} in ${region} twice`)
    }
  }
  return targets
}

const rereadAfterMs = 5_000

/**
 * The targets of the deployment. The file is read again after a few seconds, so that a change of it needs no restart.
 * @param path with `none` there are no targets
 */
export const createTargets = (path: string, log: Logger): (() => Promise<Targets>) =>
  keptFor(rereadAfterMs, async () => {
    if (path === 'none') {
      return { targets: [], missing: 'There are no targets: ROLLOUT_TARGETS_FILE of the API names no file.' }
    }
    try {
      const targets = parseTargets(await readFile(path, 'utf8'))
      return { targets, missing: targets.length === 0 ? 'The file of targets names none.' : null }
    } catch (err) {
      log.warn({ err, path }, 'the file of rollout targets can’t be read')
      return { targets: [], missing: 'The API can’t read the file of targets. Its log says why.' }
    }
  })
