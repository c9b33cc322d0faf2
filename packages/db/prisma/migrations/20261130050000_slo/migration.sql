-- SLOs, their versions, the rules that AMP has of them, and requests for other things than limits.

-- CreateTable
CREATE TABLE "slo" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "namespace" INTEGER,

    CONSTRAINT "slo_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "slo_version" (
    "slo_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "approved_by_subject" TEXT,
    "approved_by_name" TEXT,
    "reason" TEXT NOT NULL,
    "definition" JSONB,
    "change_request_id" UUID,

    CONSTRAINT "slo_version_pkey" PRIMARY KEY ("slo_id","version")
);

-- CreateTable
CREATE TABLE "rule_namespace" (
    "name" TEXT NOT NULL,
    "rules" INTEGER NOT NULL,
    "sha256" TEXT,
    "sending_sha256" TEXT,
    "modified_at" TIMESTAMPTZ(3),
    "attempted_at" TIMESTAMPTZ(3),
    "failure" TEXT,

    CONSTRAINT "rule_namespace_pkey" PRIMARY KEY ("name")
);

-- AlterTable
ALTER TABLE "change_request" ADD COLUMN "content" JSONB,
ADD COLUMN "content_sha256" TEXT,
ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'quota',
ADD COLUMN "subject_id" TEXT;

-- CreateIndex
CREATE INDEX "slo_version_change_request_id_idx" ON "slo_version"("change_request_id");

-- AddForeignKey
ALTER TABLE "slo_version" ADD CONSTRAINT "slo_version_slo_id_fkey" FOREIGN KEY ("slo_id") REFERENCES "slo"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "slo_version" ADD CONSTRAINT "slo_version_change_request_id_fkey" FOREIGN KEY ("change_request_id") REFERENCES "change_request"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Checks
ALTER TABLE "slo"
    ADD CONSTRAINT "slo_id_form" CHECK ("id" ~ '^[a-z][a-z0-9-]{0,61}[a-z0-9]$'),
    ADD CONSTRAINT "slo_positive" CHECK ("version" > 0 AND "namespace" >= 0);
ALTER TABLE "slo_version"
    ADD CONSTRAINT "slo_version_positive" CHECK ("version" > 0),
    ADD CONSTRAINT "slo_version_reason" CHECK ("reason" <> ''),
    ADD CONSTRAINT "slo_version_approver_named" CHECK (("approved_by_subject" IS NULL) = ("approved_by_name" IS NULL)),
    ADD CONSTRAINT "slo_version_four_eyes" CHECK ("approved_by_subject" <> "by_subject"),
    ADD CONSTRAINT "slo_version_json" CHECK (jsonb_typeof("definition") = 'object' AND "definition" ->> 'id' = "slo_id");
ALTER TABLE "rule_namespace"
    ADD CONSTRAINT "rule_namespace_rules" CHECK ("rules" >= 0),
    ADD CONSTRAINT "rule_namespace_hashes" CHECK ("sha256" ~ '^[0-9a-f]{64}$' AND "sending_sha256" ~ '^[0-9a-f]{64}$');

-- A request is about a quota, or it has exactly what is approved, with its hash.
ALTER TABLE "change_request"
    DROP CONSTRAINT "change_request_applied_when_approved",
    ADD CONSTRAINT "change_request_applied_when_approved" CHECK (
        CASE "kind" WHEN 'quota' THEN ("state" = 'approved') = ("applied_revision" IS NOT NULL) ELSE "applied_revision" IS NULL END),
    ADD CONSTRAINT "change_request_content_whole" CHECK (
        ("kind" = 'quota') = ("content" IS NULL)
        AND ("content" IS NULL) = ("content_sha256" IS NULL) AND ("content" IS NULL) = ("subject_id" IS NULL)),
    ADD CONSTRAINT "change_request_content_sha256" CHECK ("content_sha256" ~ '^[0-9a-f]{64}$');

-- Nobody changes a version that was saved.
CREATE TRIGGER slo_version_append_only BEFORE UPDATE OR DELETE ON public.slo_version
    FOR EACH ROW EXECUTE FUNCTION public.append_only();
CREATE TRIGGER slo_version_no_truncate BEFORE TRUNCATE ON public.slo_version
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

-- A tenant's request reads and writes none of these tables: SLOs are the platform's, and the API chooses what each person sees.
GRANT SELECT, INSERT ON public.slo, public.slo_version TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (version, namespace) ON public.slo TO tickwatch_platform, tickwatch_worker;
GRANT SELECT ON public.rule_namespace TO tickwatch_platform, tickwatch_worker;
GRANT INSERT, UPDATE, DELETE ON public.rule_namespace TO tickwatch_worker;
GRANT INSERT ON public.change_request TO tickwatch_platform, tickwatch_worker;

-- A tenant asks only for limits.
DROP POLICY own_request ON public.change_request;
CREATE POLICY own_request ON public.change_request FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND state = 'pending' AND kind = 'quota');
