-- When Auto Scaling was seen not to run a gateway's instance any more, and no heartbeat followed. Locks gateway for a moment:
-- without a default, no row is rewritten.
ALTER TABLE "gateway" ADD COLUMN "ended_at" TIMESTAMPTZ(3);

-- The propagation that a tenant sees leaves such gateways out.
GRANT SELECT (ended_at) ON public.gateway TO tickwatch_tenant;
