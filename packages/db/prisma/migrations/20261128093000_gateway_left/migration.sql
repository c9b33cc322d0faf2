-- A gateway that drains says so and is part of the fleet no more; rows of those long gone are deleted by a worker, their
-- attestations with them. Without a default: no row is rewritten.
ALTER TABLE "gateway" ADD COLUMN "left_at" TIMESTAMPTZ(3);

GRANT SELECT (left_at) ON public.gateway TO tickwatch_tenant;
GRANT DELETE ON public.gateway TO tickwatch_worker;
