-- Readers' tokens, and the changes of the bundle that they make. The new column and its index hold off writes to
-- tenant_change, a small table, for their few milliseconds.

-- CreateTable
CREATE TABLE "reader_token" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_subject" TEXT,
    "revoked_by_name" TEXT,

    CONSTRAINT "reader_token_pkey" PRIMARY KEY ("tenant_id","id")
);

-- AlterTable
ALTER TABLE "tenant_change" ADD COLUMN "reader_token_id" UUID;

-- DropIndex
DROP INDEX "tenant_change_tenant_id_idx";

-- CreateIndex
CREATE INDEX "tenant_change_tenant_id_reader_token_id_idx" ON "tenant_change"("tenant_id", "reader_token_id");

-- CreateIndex
CREATE UNIQUE INDEX "reader_token_sha256_key" ON "reader_token"("sha256");

-- CreateIndex
CREATE INDEX "reader_token_tenant_id_created_at_id_idx" ON "reader_token"("tenant_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "reader_token" ADD CONSTRAINT "reader_token_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "tenant_change" ADD CONSTRAINT "tenant_change_tenant_id_reader_token_id_fkey" FOREIGN KEY ("tenant_id", "reader_token_id") REFERENCES "reader_token"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What each policy version reads of all tenants: not the tokens of years that were revoked.
CREATE INDEX "reader_token_live_idx" ON "reader_token"("expires_at") WHERE "revoked_at" IS NULL;

-- Checks
ALTER TABLE "reader_token"
    ADD CONSTRAINT "reader_token_name_form" CHECK ("name" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    ADD CONSTRAINT "reader_token_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "reader_token_ends_later" CHECK ("expires_at" > "created_at"),
    ADD CONSTRAINT "reader_token_revoked_whole" CHECK (
        ("revoked_at" IS NULL) = ("revoked_by_subject" IS NULL) AND ("revoked_at" IS NULL) = ("revoked_by_name" IS NULL));

-- A tenant makes and revokes its tokens and sees how far that is; their hashes are for the bundle, which workers compile.
-- Of the changes of tenants it sees and writes those of its tokens, without the platform's reasons for the others.
GRANT SELECT (tenant_id, id, name, created_at, by_subject, by_name, expires_at, revoked_at, revoked_by_subject,
    revoked_by_name) ON public.reader_token TO tickwatch_tenant;
GRANT INSERT ON public.reader_token TO tickwatch_tenant;
GRANT UPDATE (revoked_at, revoked_by_subject, revoked_by_name) ON public.reader_token TO tickwatch_tenant;
GRANT SELECT (id, tenant_id, created_at, policy_version, reader_token_id) ON public.tenant_change TO tickwatch_tenant;
GRANT INSERT ON public.tenant_change TO tickwatch_tenant;
GRANT USAGE ON SEQUENCE public.tenant_change_id_seq TO tickwatch_tenant;
GRANT SELECT ON public.reader_token TO tickwatch_worker;

ALTER TABLE public.reader_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reader_token FORCE ROW LEVEL SECURITY;

CREATE POLICY worker_read ON public.reader_token FOR SELECT TO tickwatch_worker USING (true);
CREATE POLICY own_read ON public.reader_token FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_append ON public.reader_token FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND revoked_at IS NULL);
-- Once revoked, for good.
CREATE POLICY own_revoke ON public.reader_token FOR UPDATE TO tickwatch_tenant
    USING (tenant_id = (SELECT public.app_tenant()) AND revoked_at IS NULL)
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND revoked_at IS NOT NULL);

CREATE POLICY own_read ON public.tenant_change FOR SELECT TO tickwatch_tenant
    USING (tenant_id = (SELECT public.app_tenant()) AND reader_token_id IS NOT NULL);
CREATE POLICY own_append ON public.tenant_change FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND reader_token_id IS NOT NULL AND policy_version IS NULL);
