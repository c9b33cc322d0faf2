import { Logger, runMigrations } from 'graphile-worker'
import type { Client } from 'pg'

const silent = new Logger(() => () => {})

/**
 * Installs or updates graphile-worker's schema by its own migrations, as the owner, and gives the worker role access.
 * The tables have row-level security, so grants alone would show that role no rows.
 */
export async function ensureWorkerSchema(owner: Client, ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, logger: silent })
  await owner.query(`
    GRANT USAGE ON SCHEMA graphile_worker TO tickwatch_worker;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO tickwatch_worker;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO tickwatch_worker;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO tickwatch_worker;
    DO $$
    DECLARE
      guarded regclass;
    BEGIN
      FOR guarded IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relrowsecurity
          AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'worker')
      LOOP
        EXECUTE format('CREATE POLICY worker ON %s TO tickwatch_worker USING (true) WITH CHECK (true)', guarded);
      END LOOP;
    END $$`)
}
