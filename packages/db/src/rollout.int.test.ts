import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { AlreadyExists, BadCursor } from './errors.ts'
import * as rollouts from './rollout.repository.ts'
import { ann, askRollout, createImage, createTenant, later, noon, pat, useDatabase } from './test/fixtures.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)
let imageId: string

beforeAll(async () => {
  await createTenant(database.db, 'tickwatch')
  imageId = await createImage(database.db)
})

let made = 0
/** The name of a group that no other test has. */
const newGroup = () => `group-${++made}`

const create = (groups: readonly string[] = [newGroup()], region?: string) =>
  database.db.platform(async (tx) => {
    const rollout = await askRollout(tx, imageId, groups, region === undefined ? {} : { region })
    return { ...rollout, number: await rollouts.create(tx, rollout) }
  })
const read = async (id: string) =>
  (await database.db.platform((tx) => rollouts.byId(tx, id))) ?? expect.fail('no rollout')
const advance = (id: string, seq: number, over: Partial<rollouts.RolloutAdvance> = {}) =>
  database.db.worker((tx) =>
    rollouts.advance(tx, {
      ...{ id, seq, state: { phase: 'running' }, phase: 'running', at: later(60), started: true, ended: false },
      events: [],
      ...over,
    }),
  )
const end = async (id: string) => advance(id, (await read(id)).seq, { phase: 'succeeded', ended: true, at: later(900) })
const event = (kind: string, seconds: number, by: typeof ann | null = null) => ({
  ...{ kind, at: later(seconds), words: `It is ${kind}.`, by },
})
const asPlatform = async (sql: string) => {
  const client = new pg.Client({ connectionString: urls.platform })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

describe('a rollout', () => {
  it('is read back as it was made, by its id and by its number, which grows', async () => {
    const first = await create()
    const second = await create()
    expect(second.number).toBeGreaterThan(first.number)
    const stored = { ...first, seq: 0, observed: null, observedAt: null, startedAt: null, endedAt: null }
    expect(await read(first.id)).toEqual(stored)
    expect(await database.db.platform((tx) => rollouts.byNumber(tx, first.number))).toEqual(stored)
    expect(await database.db.platform((tx) => rollouts.byNumber(tx, 2_000_000_000))).toBeNull()
    const briefs = await database.db.platform((tx) => rollouts.briefs(tx, [first.id, randomUUID()]))
    expect([...briefs.values()]).toEqual([
      {
        ...{ id: first.id, number: first.number, environment: 'test', by: ann, reason: 'a new release' },
        image: { id: imageId, name: 'gateway', version: '1.0.0' },
      },
    ])
  })

  it('changes only from the state that the change is based on, and of many processes one changes it', async () => {
    const { id } = await create()
    const attempts = Array.from({ length: 8 }, (_, i) =>
      advance(id, 0, { state: { phase: 'running', wave: i }, events: [event('started', 60)] }),
    )
    expect((await Promise.all(attempts)).filter((done) => done)).toHaveLength(1)
    expect(await read(id)).toMatchObject({ seq: 1, phase: 'running', startedAt: later(60), endedAt: null })
    const { items } = await database.db.platform((tx) => rollouts.events(tx, id, { pageSize: 10 }))
    expect(items).toMatchObject([{ position: 1, kind: 'started' }])
    expect(await advance(id, 0)).toBe(false)
    expect(await advance(id, 2)).toBe(false)
    expect(await advance(randomUUID(), 0)).toBe(false)
  })

  it('keeps the time at which it started, and stays as it is once it is over', async () => {
    const { id } = await create()
    expect(await advance(id, 0, { started: false, phase: 'waiting', at: later(1) })).toBe(true)
    expect((await read(id)).startedAt).toBeNull()
    for (const seq of [1, 2]) expect(await advance(id, seq, { at: later(60 * seq) })).toBe(true)
    expect(await end(id)).toBe(true)
    const over = await read(id)
    expect(over).toMatchObject({ seq: 4, phase: 'succeeded', startedAt: later(60), endedAt: later(900) })
    expect(await advance(id, 4, { events: [event('resumed', 901)] })).toBe(false)
    expect(await read(id)).toEqual(over)
  })

  it('is listed while it is open and when it ended, newest first', async () => {
    const numbers: number[] = []
    for (let i = 0; i < 4; i++) {
      const { id, number } = await create()
      await end(id)
      numbers.push(number)
    }
    const { number: openNumber } = await create()
    const page = (show: 'open' | 'ended', cursor: string | null = null) =>
      database.db.platform((tx) => rollouts.list(tx, { show, cursor, pageSize: 2 }))
    expect((await page('open')).items[0]?.number).toBe(openNumber)
    const first = await page('ended')
    const second = await page('ended', first.nextCursor)
    expect([...first.items, ...second.items].map(({ number }) => number)).toEqual(numbers.toReversed())
    await expect(page('ended', 'bm8')).rejects.toBeInstanceOf(BadCursor)
    const open = await database.db.worker((tx) => rollouts.open(tx))
    expect(open.at(-1)?.number).toBe(openNumber)
    expect(open.some(({ number }) => numbers.includes(number))).toBe(false)
  })

  it('shows what a worker read of its groups last', async () => {
    const { id } = await create()
    for (const desired of [3, 4]) {
      await database.db.worker((tx) => rollouts.observe(tx, id, later(desired), { desired }))
    }
    expect(await read(id)).toMatchObject({ seq: 0, observed: { desired: 4 }, observedAt: later(4) })
  })

  it('can’t be removed, nor get another plan, author or request', async () => {
    await create()
    for (const sql of [
      'DELETE FROM rollout',
      `UPDATE rollout SET plan = '{}'`,
      `UPDATE rollout SET by_subject = 'eve'`,
      'UPDATE rollout SET change_request_id = gen_random_uuid()',
      `UPDATE rollout SET observed = '{}'`,
      'DELETE FROM rollout_group',
      `INSERT INTO rollout_verdict SELECT id, 0, now(), 'pass', '{}' FROM rollout`,
    ]) {
      await expect(asPlatform(sql), sql).rejects.toThrow('permission denied')
    }
  })

  it.each<[rule: string, over: Partial<rollouts.NewRollout>]>([
    ['rollout_plan_sha256', { planSha256: 'A'.repeat(64) }],
    ['rollout_json', { state: [] }],
    ['rollout_reason', { reason: '' }],
    ['rollout_expires_later', { expiresAt: noon }],
    ['rollout_image_id_fkey', { imageId: randomUUID() }],
    ['rollout_change_request_id_fkey', { changeRequestId: randomUUID() }],
  ])('can’t break the rule %s: %o', async (rule, over) => {
    const making = database.db.platform(async (tx) => {
      const rollout = await askRollout(tx, imageId, [newGroup()])
      await rollouts.create(tx, { ...rollout, ...over })
    })
    await expect(making).rejects.toThrow(new RegExp(`${rule}|Foreign key`))
  })
})

describe('a group', () => {
  it('is in one open rollout, however many are asked for at once, and free again when that is over', async () => {
    const [shared, ...others] = Array.from({ length: 7 }, newGroup)
    const asked = others.map((other, i) => create(i % 2 ? [`${shared}`, other] : [other, `${shared}`]))
    const settled = await Promise.allSettled(asked)
    const [winner, ...more] = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(more).toEqual([])
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(AlreadyExists)
    await expect(create([`${shared}`])).rejects.toBeInstanceOf(AlreadyExists)
    // The name of a group is unique in its region.
    await create([`${shared}`], 'us-east-1')
    await end(`${winner?.id}`)
    await create([`${shared}`])
  })

  it('of two rollouts that have the same groups in another order blocks neither for ever', async () => {
    const [first, middle, last] = ['a', 'b', 'c'].map((letter) => `${letter}-${newGroup()}`) as [string, string, string]
    const { id } = await create()
    // It holds both on the group in the middle, so that each has reserved the first one of its own order.
    const holder = new pg.Client({ connectionString: urls.admin })
    const watcher = new pg.Client({ connectionString: urls.admin })
    await Promise.all([holder.connect(), watcher.connect()])
    try {
      await holder.query('BEGIN')
      await holder.query(`INSERT INTO rollout_group VALUES ('${id}', 'eu-west-1', '${middle}')`)
      const both = Promise.allSettled([create([first, middle, last]), create([last, middle, first])])
      const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`
      const soon = { timeout: 20_000, interval: 20 }
      await vi.waitFor(async () => expect((await watcher.query(waiting)).rows).toEqual([{ count: 2 }]), soon)
      await holder.query('ROLLBACK')
      const settled = await both
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(AlreadyExists)
    } finally {
      await Promise.all([holder.end(), watcher.end()])
    }
  })
})

describe('the events of a rollout', () => {
  it('are in their order, newest first and in pages, with who did them', async () => {
    const { id } = await create()
    await advance(id, 0, { events: [event('started', 1), event('wave started', 1)] })
    await advance(id, 1, { events: [event('paused', 2, pat)] })
    await advance(id, 2)
    const page = (cursor: string | null) =>
      database.db.platform((tx) => rollouts.events(tx, id, { pageSize: 2, cursor }))
    const first = await page(null)
    expect(first.items).toEqual([
      { position: 3, ...event('paused', 2, pat) },
      { position: 2, ...event('wave started', 1) },
    ])
    expect(await page(first.nextCursor)).toEqual({ items: [{ position: 1, ...event('started', 1) }], nextCursor: null })
  })

  it('of a kind and a time are found for all rollouts, with the image', async () => {
    const { id, number } = await create()
    const at = 10_000
    const events = [event('wave started', at), event('holding', at + 1), event('wave started', at + 2)]
    await advance(id, 0, { events })
    const between = (from: number, to: number, most = 10) =>
      database.db.platform((tx) =>
        rollouts.eventsBetween(tx, { from: later(from), to: later(to) }, ['wave started'], most),
      )
    const found = await between(at, at + 2)
    expect(found.map((one) => [one.position, one.rollout.number])).toEqual([
      [3, number],
      [1, number],
    ])
    expect(found[0]).toMatchObject({ ...event('wave started', at + 2), rollout: { image: { version: '1.0.0' } } })
    expect(await between(at, at + 2, 1)).toHaveLength(1)
    expect(await between(at + 3, at + 9)).toEqual([])
  })

  it('are never changed', async () => {
    const { id } = await create()
    await advance(id, 0, { events: [event('started', 1)] })
    const client = new pg.Client({ connectionString: urls.admin })
    await client.connect()
    try {
      for (const sql of [
        `UPDATE rollout_event SET words = 'forged'`,
        'DELETE FROM rollout_event',
        'TRUNCATE rollout_event',
      ])
        await expect(client.query(sql), sql).rejects.toThrow('append-only')
    } finally {
      await client.end()
    }
  })
})

it('keeps the newest verdict on each wave, in the order of the waves', async () => {
  const { id } = await create()
  const verdicts = [
    { wave: 1, at: later(5), outcome: 'inconclusive', verdict: { words: 'Too few points.' } },
    { wave: 0, at: later(1), outcome: 'pass', verdict: { words: 'As good.' } },
    { wave: 1, at: later(6), outcome: 'fail', verdict: { words: 'Worse.' } },
  ]
  for (const verdict of verdicts) {
    await database.db.worker((tx) => rollouts.recordVerdict(tx, { rolloutId: id, ...verdict }))
  }
  expect(await database.db.platform((tx) => rollouts.verdicts(tx, id))).toEqual([verdicts[1], verdicts[2]])
})
