-- Locks gateway_tenant for a moment: a column without a default rewrites no row.
ALTER TABLE "gateway_tenant" ADD COLUMN "sample_age_seconds" DOUBLE PRECISION;

-- NOT VALID, so that it reads no row; the new column is null in all of them.
ALTER TABLE "gateway_tenant"
    ADD CONSTRAINT "gateway_tenant_sample_age" CHECK ("sample_age_seconds" BETWEEN 0 AND 1e15) NOT VALID;
