-- Why a tenant is suspended, by whom and since when, for its own people too. Null while it is active.
ALTER TABLE "tenant" ADD COLUMN "suspension" JSONB;

GRANT UPDATE (suspension) ON public.tenant TO tickwatch_platform, tickwatch_worker;
