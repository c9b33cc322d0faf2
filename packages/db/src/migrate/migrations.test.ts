// The API of the release before must still work after a migration (docs/adr/0009-contracts-grow.md).
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { migrationsFolder } from './migrate.ts'

/** The rule holds for every migration after this one. */
const baseline = '20261129090000_refusal_causes'
const names = readdirSync(migrationsFolder).filter((name) => /^\d/.test(name))
const read = (name: string) => readFileSync(join(migrationsFolder, name, 'migration.sql'), 'utf8')

/** What an older API may still need. Indexes, constraints, policies and triggers it does not name. */
const breaking = [
  /\bDROP\s+(?!INDEX|CONSTRAINT|POLICY|TRIGGER)\w+/i,
  /\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i,
  /\bRENAME\b/i,
  /\bREVOKE\b(?!.*\bFROM\s+PUBLIC\b)/is,
  // It writes rows without the new column, or with NULL.
  /\bADD\s+COLUMN\b(?=[^,]*\bNOT\s+NULL\b)(?![^,]*\bDEFAULT\b)/i,
  /\bSET\s+NOT\s+NULL\b/i,
]

const numbersOf = (release: string) => release.split('.').map((part) => part.padStart(9, '0'))
const isEarlier = (release: string, than: string) => numbersOf(release).join() < numbersOf(than).join()

/**
 * The statements that the release before can't live with. One that removes what an earlier release already stopped using
 * says so in a comment before it: `-- Unused since 0.2.0`.
 */
function faultsOf(sql: string, release: string): string[] {
  // A comment may have quotes and semicolons; a text or the body of a function may look like a comment or a statement.
  const plain = sql.replace(/--.*$|\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'/gm, (token) =>
    token.startsWith('--') ? token.replace(/[;']/g, ' ') : "''",
  )
  return plain.split(';').flatMap((part) => {
    const since = /--\s*Unused since (\d+\.\d+\.\d+)/i.exec(part)?.[1]
    const statement = part.replace(/--.*$/gm, '').trim()
    if (!breaking.some((pattern) => pattern.test(statement))) return []
    return since && isEarlier(since, release) ? [] : [statement.replace(/\s+/g, ' ')]
  })
}

it.each(names.filter((name) => name > baseline))('the release before works after the migration %s', (name) => {
  expect(faultsOf(read(name), packageJson.version)).toEqual([])
})

describe('a migration', () => {
  it.each([
    'ALTER TABLE "gateway" DROP COLUMN "zone"',
    'ALTER TABLE "gateway" ADD COLUMN "a" INT, DROP COLUMN "zone"',
    'DROP TABLE boost',
    'DROP FUNCTION public.audit_append(text)',
    'drop type ring',
    'ALTER TABLE "gateway" ALTER COLUMN "ring" TYPE TEXT USING "ring"::text',
    'ALTER TABLE "gateway" ALTER COLUMN "ring" SET DATA TYPE TEXT',
    'ALTER TABLE "gateway" ALTER COLUMN "ring" DROP DEFAULT',
    'ALTER TABLE "gateway" RENAME COLUMN "ring" TO "wave"',
    'ALTER TABLE "gateway" ALTER COLUMN "zone" SET NOT NULL',
    'ALTER TABLE "gateway" ADD COLUMN "a" INT NOT NULL',
    'REVOKE SELECT ON public.boost FROM tickwatch_tenant',
  ])('may not contain %s', (statement) => {
    expect(faultsOf(`SELECT 1;\n-- A tenant's zone; it is of no use any more.\n${statement};`, '0.2.0')).toEqual([
      statement,
    ])
  })

  it.each([
    'DROP INDEX "tenant_change_tenant_id_idx"',
    'ALTER TABLE "gateway" DROP CONSTRAINT "gateway_id_form", ADD CONSTRAINT "gateway_id_form" CHECK (true)',
    'ALTER TABLE "gateway" ADD COLUMN "a" INT, ADD COLUMN "b" JSONB NOT NULL DEFAULT \'[]\'',
    'CREATE TABLE "b" ("at" TIMESTAMPTZ(3) NOT NULL)',
    "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'DROP TABLE x'; DROP TABLE y $$",
    "COMMENT ON TABLE a IS 'it''s -- ; DROP TABLE x'",
    'REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC',
  ])('may contain %s', (statement) => {
    expect(faultsOf(`${statement};`, '0.2.0')).toEqual([])
  })

  it('may remove what an earlier release stopped using, but nothing that this release still used before', () => {
    const sql = (since: string) => `-- Unused since ${since}: the waves replaced it.\nDROP TABLE a;`
    expect(faultsOf(sql('0.9.0'), '0.10.0')).toEqual([])
    expect(faultsOf(sql('0.10.0'), '0.10.0')).toEqual(['DROP TABLE a'])
    // The remark is for one statement.
    expect(faultsOf(`${sql('0.9.0')} DROP TABLE b;`, '0.10.0')).toEqual(['DROP TABLE b'])
  })

  it('that is older is not judged, and one of them shows why: it needs every API to be stopped', () => {
    expect(names).toContain(baseline)
    expect(faultsOf(read('20261128151000_waves'), '0.1.0').length).toBeGreaterThan(3)
  })
})
