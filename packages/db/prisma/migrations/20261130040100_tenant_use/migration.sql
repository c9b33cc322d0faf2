-- The other figures that a limit meters, so that tenants can be listed by the share of a limit that they use. The table has one
-- row a tenant and is unlogged; a worker writes it anew every few seconds. A constant default rewrites no row.
ALTER TABLE "tenant_traffic"
    ADD COLUMN "requests_per_second" DOUBLE PRECISION NOT NULL DEFAULT 0,
    ADD COLUMN "active_series" DOUBLE PRECISION NOT NULL DEFAULT 0;
