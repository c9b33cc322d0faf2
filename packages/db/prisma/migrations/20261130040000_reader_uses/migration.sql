-- When each reader's token was last used. Locks reader_token for a moment: without a default, no row is rewritten.
ALTER TABLE "reader_token" ADD COLUMN "last_used_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "reader_use_gap" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reader_use_gap_pkey" PRIMARY KEY ("only")
);
ALTER TABLE "reader_use_gap" ADD CONSTRAINT "reader_use_gap_one_row" CHECK ("only");

-- Gateways that exist already did not report uses until now.
INSERT INTO "reader_use_gap" ("last_at") SELECT CASE WHEN EXISTS (SELECT FROM "gateway") THEN now() ELSE 'epoch' END;

-- The platform's requests record what gateways report: a token's use by its hash, and nothing else of the token.
GRANT SELECT (last_used_at) ON public.reader_token TO tickwatch_tenant;
GRANT SELECT (sha256, last_used_at) ON public.reader_token TO tickwatch_platform;
GRANT UPDATE (last_used_at) ON public.reader_token TO tickwatch_platform, tickwatch_worker;
CREATE POLICY platform_read ON public.reader_token FOR SELECT TO tickwatch_platform USING (true);
CREATE POLICY platform_use ON public.reader_token FOR UPDATE TO tickwatch_platform, tickwatch_worker
    USING (true) WITH CHECK (true);

GRANT SELECT ON public.reader_use_gap TO tickwatch_tenant, tickwatch_platform, tickwatch_worker;
GRANT UPDATE (last_at) ON public.reader_use_gap TO tickwatch_platform, tickwatch_worker;
