import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'

export const schemaFolder = join(import.meta.dirname, '../../prisma/schema')

/**
 * The SQL that makes a database match the Prisma schema, from Prisma's own schema engine. Null if nothing differs.
 * The engine ignores row-level security, grants, checks, triggers, functions, partitions and partial indexes.
 */
export async function schemaDifference(databaseUrl: string): Promise<string | null> {
  const names = (await readdir(schemaFolder)).filter((name) => name.endsWith('.prisma')).sort()
  const files = await Promise.all(
    names.map(async (name) => ({
      path: join(schemaFolder, name),
      content: await readFile(join(schemaFolder, name), 'utf8'),
    })),
  )
  const { factory, dispose } = introspectionFactory(databaseUrl)
  const engine = await SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  )
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: schemaFolder },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      // The migration runner maintains this table, like Prisma's own.
      filters: { externalTables: ['public._prisma_migrations'], externalEnums: [] },
    })
    return exitCode === 2 ? stdout : null
  } finally {
    engine.free()
    await dispose()
  }
}

/** PrismaPg can't read the catalog's "char" columns, which introspection needs. So this adapter reads them itself. */
function introspectionFactory(connectionString: string) {
  const prismaPg = new PrismaPg({ connectionString, max: 1, application_name: 'tickwatch-schema' })
  const open: { dispose(): Promise<void> }[] = []
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: prismaPg.provider,
    adapterName: prismaPg.adapterName,
    async connect() {
      const adapter = await prismaPg.connect()
      open.push(adapter)
      const pool = adapter.underlyingDriver()
      return Object.assign(adapter, { queryRaw: (query: SqlQuery) => readCatalog(pool, query) })
    },
    connectToShadowDb: () => Promise.reject(new Error('differences are found without a shadow database')),
  }
  const dispose = async () => {
    for (const adapter of open) await adapter.dispose()
  }
  return { factory, dispose }
}

const text = (value: string) => value
const number = (value: string) => Number(value)
const arrayOf = (oid: number): ((value: string) => unknown) =>
  pg.types.getTypeParser(oid as Parameters<typeof pg.types.getTypeParser>[0])
const catalogTypes = new Map<
  number,
  { column: SqlResultSet['columnTypes'][number]; parse: (value: string) => unknown }
>([
  [16, { column: ColumnTypeEnum.Boolean, parse: (value) => value === 't' }],
  [18, { column: ColumnTypeEnum.Character, parse: text }],
  [19, { column: ColumnTypeEnum.Text, parse: text }],
  [20, { column: ColumnTypeEnum.Int64, parse: text }],
  [21, { column: ColumnTypeEnum.Int32, parse: number }],
  [23, { column: ColumnTypeEnum.Int32, parse: number }],
  [25, { column: ColumnTypeEnum.Text, parse: text }],
  [26, { column: ColumnTypeEnum.Int64, parse: text }],
  [1002, { column: ColumnTypeEnum.CharacterArray, parse: arrayOf(1009) }],
  [1003, { column: ColumnTypeEnum.TextArray, parse: arrayOf(1009) }],
  [1005, { column: ColumnTypeEnum.Int32Array, parse: arrayOf(1005) }],
  [1009, { column: ColumnTypeEnum.TextArray, parse: arrayOf(1009) }],
  [1043, { column: ColumnTypeEnum.Text, parse: text }],
])

async function readCatalog(pool: pg.Pool, query: SqlQuery): Promise<SqlResultSet> {
  const result = await pool.query<(string | null)[]>({
    text: query.sql,
    values: query.args,
    rowMode: 'array',
    types: { getTypeParser: () => text },
  })
  const types = result.fields.map(({ name, dataTypeID }) => {
    const type = catalogTypes.get(dataTypeID)
    if (!type)
      throw new TypeError(`the column ${name} has the type ${dataTypeID}, which the catalog reader doesn't know`)
    return type
  })
  return {
    columnNames: result.fields.map(({ name }) => name),
    columnTypes: types.map(({ column }) => column),
    rows: result.rows.map((row) => row.map((value, i) => (value === null ? null : types[i]?.parse(value)))),
  }
}
