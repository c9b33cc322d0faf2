// What AMP evaluates after the writer ended at any point, or AMP or another release stood in its way.
import { AwsRefused, type RuleGroups } from '@tickwatch/aws'
import { auditLog, type Database, openDatabase, ruleNamespaces, slos } from '@tickwatch/db'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { createMemoryAmp } from '../../testing/memoryAws.ts'
import { createLeases, type Lease } from '../../workers/lease.ts'
import { createRuleWriter } from './ruleWriter.ts'
import { createCompiler } from './slo.compiler.ts'

const urls = useTestDatabase()
const log = pino({ enabled: false })
const ending = new AbortController().signal
const [built] = builtInDefinitions as [Definition, ...Definition[]]
let db: Database
let amp: ReturnType<typeof createMemoryAmp>

beforeAll(() => {
  db = openDatabase(urls)
})
afterAll(() => db.close())
beforeEach(async () => {
  amp = createMemoryAmp()
  await db.worker(async (tx) => {
    for (const { name } of await ruleNamespaces.list(tx)) await ruleNamespaces.remove(tx, name)
  })
})

/** Saves the next version of an SLO; without a namespace it deletes the SLO. */
async function save(id: string, namespace: number | null, over: Partial<Definition> = {}): Promise<void> {
  await db.platform(async (tx) => {
    const baseVersion = (await slos.head(tx, id))?.version ?? 0
    const to = namespace === null ? null : { definition: { ...built, id, ...over }, namespace }
    const by = { by: { subject: 'tomas', name: 'Tomas' }, approvedBy: null, reason: 'a test', changeRequestId: null }
    await slos.append(tx, { ...{ id, baseVersion, to, savedAt: new Date() }, ...by })
  })
}

/** One run of a process that has just started. */
async function settle(
  rules: RuleGroups = amp.ruleGroups,
  lives: (lease: Lease) => Lease = (lease) => lease,
  rulesMax = 2_000,
) {
  const writer = createRuleWriter({ db, rules, compiler: createCompiler(60), rulesMax, ending, log })
  await createLeases(db, { name: 'slo-rules', forMs: 10_000 }, ending, log).hold((lease) => writer.settle(lives(lease)))
}

const reconciled = () =>
  db.platform(async (tx) => (await auditLog.list(tx, { action: 'slo.rules.reconcile', pageSize: 200 })).items.length)
const rows = () => db.platform((tx) => ruleNamespaces.list(tx))
const row = async (name: string) => (await rows()).find((one) => one.name === name)

async function expectAsDefined(): Promise<void> {
  const { slos: all } = await db.platform((tx) => slos.current(tx))
  const { wanted } = createCompiler(60).namespaces(all)
  const has = Object.fromEntries([...amp.rules].map(([name, { yaml }]) => [name, yaml]))
  expect(has).toEqual(Object.fromEntries(wanted.map(({ name, yaml }) => [name, yaml])))
  const settled = wanted.map(({ name, sha256, rules }) => ({ name, sha256, rules, sendingSha256: null, failure: null }))
  expect(await rows()).toMatchObject(settled.sort((a, b) => (a.name < b.name ? -1 : 1)))
}

class Killed extends Error {}

/** Ends a process before or after its n-th step: a call of AMP, or a commit in Postgres. */
function dying(n: number, when: 'before' | 'after') {
  let steps = 0
  async function step<T>(call: () => Promise<T>): Promise<T> {
    steps += 1
    const own = steps
    if (own > n || (own === n && when === 'before')) throw new Killed()
    const result = await call()
    if (own === n) throw new Killed()
    return result
  }
  const { list, get, put, remove } = amp.ruleGroups
  const rules: RuleGroups = {
    list: (signal) => step(() => list(signal)),
    get: (name, signal) => step(() => get(name, signal)),
    put: (name, yaml, signal) => step(() => put(name, yaml, signal)),
    remove: (name, signal) => step(() => remove(name, signal)),
  }
  return { rules, lives: (lease: Lease): Lease => ({ ...lease, write: (work) => step(() => lease.write(work)) }) }
}

describe.each(['before', 'after'] as const)('a process that is killed %s any of its steps', (when) => {
  it('leaves what the next one finishes, and nobody is said to have changed rules by hand', async () => {
    await save('moving', 1)
    await settle()
    const before = await reconciled()
    let killed = true
    for (let n = 1; killed; n += 1) {
      // A namespace changes, another one is made, and a third one is not needed any more.
      await save('freshness', 0, { objective: 0.99 + n / 10_000 })
      await save('moving', 1 + (n % 2))
      const { rules, lives } = dying(n, when)
      killed = await settle(rules, lives).then(
        () => false,
        () => true,
      )
      await settle()
      await expectAsDefined()
      expect(n).toBeLessThan(30)
    }
    expect(await reconciled()).toBe(before)
    await save('moving', null)
    await settle()
    await expectAsDefined()
  })
})

it('what is as it should be is neither read nor written', async () => {
  await settle()
  const { list } = amp.ruleGroups
  const never = () => expect.fail('nothing is due')
  await settle({ list, get: never, put: never, remove: never })
})

it('rules that AMP refuses are shown with its reason and not sent again at once, and the others are written', async () => {
  await save('other', 1)
  let sent = 0
  const refusing: RuleGroups = {
    ...amp.ruleGroups,
    async put(name, yaml, signal) {
      if (name !== 'tickwatch-slo-0') return amp.ruleGroups.put(name, yaml, signal)
      sent += 1
      throw new AwsRefused('AMP says no', 'ValidationException')
    },
  }
  await settle(refusing)
  await settle(refusing)
  expect(sent).toBe(1)
  expect(await row('tickwatch-slo-0')).toMatchObject({ sha256: null, failure: 'AMP says no' })
  expect(amp.rules.has('tickwatch-slo-1')).toBe(true)
  await save('freshness', 0, { objective: 0.98 })
  await settle()
  await expectAsDefined()
  await save('other', null)
})

it('rules that the workspace has no room for are not sent, and say how many they are', async () => {
  await settle(amp.ruleGroups, undefined, 20)
  expect(amp.rules.size).toBe(0)
  expect((await row('tickwatch-slo-0'))?.failure).toMatch(/would have 24 rules, and may have at most 20/)
})

it('a namespace with an SLO that only a newer release can read stays as it is', async () => {
  await save('newer', 3)
  await save('beside', 3)
  await settle()
  const before = amp.rules.get('tickwatch-slo-3')?.yaml
  const admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  await admin.query(
    `INSERT INTO slo_version SELECT slo_id, 2, created_at, by_subject, by_name, NULL, NULL, reason,
       jsonb_set(definition, '{sli,kind}', '"forecast"') FROM slo_version WHERE slo_id = 'newer'`,
  )
  await admin.query(`UPDATE slo SET version = 2 WHERE id = 'newer'`)
  await admin.end()
  await save('beside', 3, { objective: 0.98 })
  await settle()
  expect(amp.rules.get('tickwatch-slo-3')?.yaml).toBe(before)
})
