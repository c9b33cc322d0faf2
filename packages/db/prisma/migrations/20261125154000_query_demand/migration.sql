-- Locks gateway_tenant for a moment: a constant default rewrites no row. It stays, so that an API of the version before goes
-- on recording heartbeats while this one rolls out.
ALTER TABLE "gateway_tenant" ADD COLUMN "demand_queries_per_second" DOUBLE PRECISION NOT NULL DEFAULT 0;
