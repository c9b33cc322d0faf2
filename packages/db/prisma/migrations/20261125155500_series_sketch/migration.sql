-- Locks gateway_tenant for a moment: a column without a default rewrites no row.
ALTER TABLE "gateway_tenant" ADD COLUMN "series_sketch" TEXT;
