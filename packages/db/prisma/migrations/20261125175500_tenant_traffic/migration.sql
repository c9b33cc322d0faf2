-- What each tenant sends over all gateways, added up again by a worker every few seconds, so that lists can be ordered by it.
-- Unlogged as the heartbeats are: a crash loses it, the next sum brings it back. No index on what changes with each sum, so
-- that rows are updated in place.
CREATE UNLOGGED TABLE "tenant_traffic" (
    "tenant_id" TEXT NOT NULL,
    "samples_per_second" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "tenant_traffic_pkey" PRIMARY KEY ("tenant_id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

ALTER TABLE "tenant_traffic" ADD CONSTRAINT "tenant_traffic_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

GRANT SELECT ON public.tenant_traffic TO tickwatch_platform, tickwatch_worker;
GRANT INSERT, UPDATE, DELETE ON public.tenant_traffic TO tickwatch_worker;

ALTER TABLE public.tenant_traffic ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tenant_traffic FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON public.tenant_traffic TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
