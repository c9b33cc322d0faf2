-- Locks gateway_tenant for a moment: a constant default rewrites no row. Unknown is true, so that nobody near is missed while an
-- API of the version before goes on recording heartbeats.
ALTER TABLE "gateway_tenant" ADD COLUMN "may_be_near" BOOLEAN NOT NULL DEFAULT true;

-- Few rows at a time; heartbeats touch it only when one comes or goes. Built in a moment, on live rows only.
CREATE INDEX "gateway_tenant_may_be_near_idx" ON "gateway_tenant"("tenant_id") WHERE "may_be_near";
