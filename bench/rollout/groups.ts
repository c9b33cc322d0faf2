import { planSchema } from '@tickwatch/rollout'

/** What one worker follows: each step of the last wave reads all but one of the groups. */
export const size = { groups: 50, instances: 20 }
export const region = 'us-east-1'
export const images = { old: 'ami-0000000000000000a', candidate: 'ami-0000000000000000b' }
export const names = Array.from({ length: size.groups }, (_, i) => `group-${i}`)
const [first, ...others] = names as [string, ...string[]]

/** A canary that nobody judges, and then all others at once, which bake and are judged for longer than the bench takes. */
export const plan = planSchema.parse({
  targets: names.map((group) => ({ group, environment: 'bench', region, zones: [`${region}a`], ring: 'fleet' })),
  waves: [
    { name: 'first', groups: [first], bakeSeconds: 0, judge: null },
    { name: 'others', groups: others, bakeSeconds: 7_200, maxHealthyPercent: 200, judge: { compares: false } },
  ],
})
