// Forges the audit log as a person with the superuser's password could, and checks that the verification finds it.
import { auditGenesis, auditLog, type Database, openDatabase } from '@tickwatch/db'
import fc from 'fast-check'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { systemEvent } from '../../shared/auditEvents.ts'
import { createMemoryObjects } from '../../testing/memoryAws.ts'
import { createAuditService } from './audit.service.ts'
import { createCheckpoints } from './checkpoints.ts'

const urls = useTestDatabase()
const objects = createMemoryObjects()
const checkpoints = createCheckpoints(objects.store, 'audit', 'test', pino({ level: 'silent' }))
const events = 12
let db: Database
let admin: pg.Client

const append = (n: number) =>
  db.platform((tx) =>
    auditLog.append(tx, systemEvent('test', { action: 'test.happens', target: `${n}`, reason: `reason ${n}` })),
  )
const verifyNow = () => createAuditService(db, checkpoints).verify({ now: true })

beforeAll(async () => {
  db = openDatabase(urls)
  for (let n = 1; n <= events; n++) await append(n)
  await checkpoints.write(await db.platform((tx) => auditLog.head(tx)))
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  // No trigger, check or key stops this person.
  await admin.query(`
    SET session_replication_role = 'replica';
    DO $$ DECLARE c record; BEGIN
      FOR c IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint
        WHERE conrelid IN ('audit_event'::regclass, 'audit_head'::regclass) AND contype IN ('c', 'p')
      LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.tab, c.conname); END LOOP;
    END $$;
    CREATE TABLE kept_event AS SELECT * FROM audit_event;
    CREATE TABLE kept_head AS SELECT * FROM audit_head`)
})
afterAll(async () => {
  await admin.end()
  await db.close()
})
const restore = () =>
  admin.query(`
    DELETE FROM audit_event; INSERT INTO audit_event SELECT * FROM kept_event;
    DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head`)

/** One act of a forger: SQL statements. */
type Forgery = { [does: string]: readonly string[] }
type Columns = Partial<Record<'seq' | 'occurred_at' | 'tenant_id' | 'actor' | 'actor_name' | 'action', string>>

const text = (value: string) => `'${value.replaceAll("'", "''")}'`
/** The hash of an event that follows `previous`, so that the link to it fits. */
const hashAfter = (previous: string, seq: string, body: string) =>
  `encode(sha256(convert_to(coalesce((SELECT max(hash) FROM audit_event WHERE seq = ${previous}), ${text(auditGenesis.hash)})
    || E'\\n' || ${seq} || E'\\n' || ${body}, 'UTF8')), 'hex')`
const insertCopy = (from: number, seq: string, over: Columns & { body?: string; hash?: string } = {}) => `
  INSERT INTO audit_event (seq, occurred_at, tenant_id, actor, actor_name, action, body, hash)
  SELECT ${seq}, ${over.occurred_at ?? "occurred_at + interval '1 s'"}, tenant_id, actor, actor_name, action,
    ${over.body ?? 'body'}, ${over.hash ?? 'hash'} FROM audit_event WHERE seq = ${from} LIMIT 1`
const linkedBody = (seq: number, body: string) =>
  `UPDATE audit_event SET body = ${body}, hash = ${hashAfter(`${seq - 1}`, `${seq}`, body)} WHERE seq = ${seq}`
const swap = (a: number, b: number) => [
  `UPDATE audit_event SET seq = -99 WHERE seq = ${a}`,
  `UPDATE audit_event SET seq = ${a} WHERE seq = ${b}`,
  `UPDATE audit_event SET seq = ${b} WHERE seq = -99`,
]
/** Sets the newest link to the event with the highest number. */
const setHead = `UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1)
  WHERE EXISTS (SELECT FROM audit_event)`

const seqs = fc.integer({ min: 1, max: events })
const strangeSeqs = fc.oneof(
  fc.integer({ min: -3, max: events + 3 }).map(String),
  fc.constantFrom('1000012', '2147483648', '9007199254740993', '9223372036854775807', '-9223372036854775808'),
)
const bodies = fc.oneof(
  fc.constantFrom('not JSON', '', 'null', '[]', '5', '{}', '{"actor":{}}', '{"actor":null,"reason":[1]}'),
  fc.constantFrom('"a"', '"occurredAt"').map((name) => `{${name}:1}`),
)
const columns: fc.Arbitrary<[keyof Columns, string]> = fc.constantFrom(
  ['tenant_id', "'globex'"],
  ['actor', "'eve'"],
  ['actor_name', "'Eve'"],
  ['action', "'tenant.create'"],
  ['occurred_at', "occurred_at + interval '1 ms'"],
  ['occurred_at', "'2031-05-05T00:00:00Z'"],
  ['occurred_at', "'infinity'"],
  ['occurred_at', "'0044-03-15 BC'"],
)
const forgery: fc.Arbitrary<Forgery> = fc.oneof(
  fc.record({ modify: seqs.map((seq) => [`UPDATE audit_event SET body = body || ' ' WHERE seq = ${seq}`]) }),
  fc.record({ modifyWithHash: seqs.map((seq) => [linkedBody(seq, "replace(body, 'reason', 'excuse')")]) }),
  fc.record({ hash: seqs.map((seq) => [`UPDATE audit_event SET hash = upper(hash) WHERE seq = ${seq}`]) }),
  fc.record({
    column: fc
      .tuple(seqs, columns)
      .map(([seq, [name, value]]) => [`UPDATE audit_event SET ${name} = ${value} WHERE seq = ${seq}`]),
  }),
  fc.record({ body: fc.tuple(seqs, bodies).map(([seq, body]) => [linkedBody(seq, text(body))]) }),
  fc.record({ delete: seqs.map((seq) => [`DELETE FROM audit_event WHERE seq = ${seq}`]) }),
  fc.record({ cut: seqs.map((seq) => [`DELETE FROM audit_event WHERE seq >= ${seq}`]) }),
  fc.record({ cutWithHead: seqs.map((seq) => [`DELETE FROM audit_event WHERE seq > ${seq}`, setHead]) }),
  fc.record({ reorder: fc.tuple(seqs, seqs).map(([a, b]) => swap(a, b)) }),
  fc.record({ insert: fc.tuple(seqs, strangeSeqs).map(([from, seq]) => [insertCopy(from, seq)]) }),
  fc.record({
    insertLinked: fc.tuple(seqs, strangeSeqs).map(([from, seq]) => {
      const hash = hashAfter(`(${seq})::numeric - 1`, text(seq), 'body')
      return [insertCopy(from, seq, { hash, occurred_at: 'occurred_at' })]
    }),
  }),
  fc.record({
    renumber: fc.tuple(seqs, strangeSeqs).map(([from, seq]) => [
      `UPDATE audit_event SET seq = ${seq} WHERE seq = ${from}
         AND NOT EXISTS (SELECT FROM audit_event WHERE seq = ${seq})`,
    ]),
  }),
  fc.record({
    shift: seqs.map((seq) => [`UPDATE audit_event SET seq = seq + 100 WHERE seq >= ${seq} AND seq < 1000`]),
  }),
  fc.record({ headSeq: strangeSeqs.map((seq) => [`UPDATE audit_head SET seq = ${seq}`]) }),
  fc.constant<Forgery>({ headHash: [`UPDATE audit_head SET hash = ${text(auditGenesis.hash)}`] }),
  fc.constant<Forgery>({ headGone: ['DELETE FROM audit_head'] }),
  fc.constant<Forgery>({ twoHeads: ['INSERT INTO audit_head SELECT false, seq, hash FROM audit_head'] }),
  fc.constant({
    empty: ['DELETE FROM audit_event', `UPDATE audit_head SET seq = 0, hash = ${text(auditGenesis.hash)}`],
  }),
)

const logText = `
  SELECT (SELECT json_agg(e ORDER BY seq, occurred_at) FROM audit_event e)::text
    || (SELECT coalesce(json_agg(h ORDER BY seq), '[]') FROM audit_head h)::text AS log`
const readLog = async () => (await admin.query<{ log: string | null }>(logText)).rows[0]?.log

describe('the verification', () => {
  beforeEach(restore)
  afterEach(restore)

  it('finds whatever someone forged, and alarms for nothing else', async () => {
    const honest = await readLog()
    await fc.assert(
      fc
        .asyncProperty(fc.array(forgery, { minLength: 1, maxLength: 3 }), async (forgeries) => {
          for (const statements of forgeries.flatMap((each) => Object.values(each))) {
            for (const sql of statements) await admin.query(sql)
          }
          const changed = (await readLog()) !== honest
          const { intact, broken, verifiedUpTo } = await verifyNow()
          expect(intact).toBe(!changed)
          expect(broken === null).toBe(intact)
          expect(verifiedUpTo).toBeLessThanOrEqual(events + 1)
          // The page that shows the broken chain lists the forged events too.
          const audit = createAuditService(db, checkpoints)
          await audit.list({ pageSize: 50 })
          await audit.export({})
        })
        .afterEach(async () => void (await restore())),
      { numRuns: 200 },
    )
  })

  const last = events
  it.each<[string, string[], number]>([
    ['one above the newest', [insertCopy(3, `${last + 1}`)], last + 1],
    ['far above the newest', [insertCopy(3, '1000012')], 1_000_012],
    ['with the number of the newest', [insertCopy(last, `${last}`)], last],
    ['with the number 0', [insertCopy(1, '0')], 0],
    ['with a negative number', [insertCopy(1, '-5')], -5],
    ['with a number in use', [insertCopy(4, '4')], 4],
    ['in another month’s partition', [insertCopy(4, '4', { occurred_at: "'2031-05-05T00:00:00Z'" })], 4],
  ])('names an event that was inserted %s', async (_where, statements, seq) => {
    for (const sql of statements) await admin.query(sql)
    expect(await verifyNow()).toMatchObject({ intact: false, broken: { seq } })
  })

  it('names an event whose body is not JSON, and the list shows that it can’t be read', async () => {
    await admin.query(linkedBody(5, text('not JSON')))
    expect(await verifyNow()).toMatchObject({
      intact: false,
      broken: { seq: 5, what: 'its content is not a JSON object' },
    })
    const { items } = await createAuditService(db, checkpoints).list({ pageSize: 50 })
    expect(items.filter(({ unreadable }) => unreadable)).toMatchObject([{ seq: 5, actor: 'test', reason: null }])
  })

  it('finds an event above the newest without checking the whole log again', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const audit = createAuditService(db, checkpoints)
      expect(await audit.verify({ now: true })).toMatchObject({ intact: true })
      await admin.query(insertCopy(3, '1000012'))
      vi.advanceTimersByTime(31_000)
      expect(await audit.verify({ now: false })).toMatchObject({ intact: false, broken: { seq: 1_000_012 } })
    } finally {
      vi.useRealTimers()
    }
  })

  it('finds a number that occurs twice on both sides of a page’s end', async () => {
    await admin.query(insertCopy(4, '4'))
    const page = await db.platform((tx) => auditLog.page(tx, 0, 4))
    expect(page.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 4])
  })
})

it('never alarms while others append', async () => {
  await restore()
  let appending = true
  const appends = Promise.all(
    [0, 1, 2].map(async (writer) => {
      for (let n = 0; n < 25; n++) await append(writer * 100 + n)
    }),
  ).finally(() => {
    appending = false
  })
  const audit = createAuditService(db, checkpoints)
  let verified = 0
  while (appending) {
    expect(await audit.verify({ now: true })).toMatchObject({ intact: true, broken: null })
    verified += 1
  }
  await appends
  expect(verified).toBeGreaterThan(3)
  expect(await audit.verify({ now: true })).toMatchObject({ intact: true, verifiedUpTo: events + 75 })
})
