-- Locks gateway_tenant for a moment: a column without a default rewrites no row. Null means that the gateway, or the API
-- that recorded its heartbeat, is of the version before: then no gateway lends.
ALTER TABLE "gateway_tenant" ADD COLUMN "taken" JSONB;
