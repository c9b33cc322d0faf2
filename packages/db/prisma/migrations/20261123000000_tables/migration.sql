-- Tables, with what Prisma can't say: partitions, storage, checks and partial indexes. All tables are new, so no lock
-- taken here can block anyone.

-- CreateEnum
CREATE TYPE "subject_kind" AS ENUM ('person', 'group');

-- CreateEnum
CREATE TYPE "ring" AS ENUM ('canary', 'fleet');

-- CreateEnum
CREATE TYPE "policy_version_state" AS ENUM ('compiled', 'canary', 'fleet', 'enforced', 'refused', 'superseded');

-- CreateEnum
CREATE TYPE "change_request_state" AS ENUM ('pending', 'approved', 'declined', 'withdrawn', 'outdated');

-- CreateEnum
CREATE TYPE "tenant_status" AS ENUM ('active', 'suspended');

-- CreateTable
CREATE TABLE "role_grant" (
    "id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "tenant_id" TEXT,
    "subject_kind" "subject_kind" NOT NULL,
    "subject" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,

    CONSTRAINT "role_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "seq" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "tenant_id" TEXT,
    "actor" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("seq","occurred_at")
) PARTITION BY RANGE ("occurred_at");

-- CreateTable
CREATE TABLE "audit_head" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "seq" BIGINT NOT NULL DEFAULT 0,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("only")
);

-- CreateTable
CREATE TABLE "gateway" (
    "id" TEXT NOT NULL,
    "ring" "ring" NOT NULL,
    "zone" TEXT NOT NULL,
    "software_version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL,
    "applied_version" BIGINT,
    "applied_sha256" TEXT,
    "applied_at" TIMESTAMPTZ(3),
    "refused_version" BIGINT,
    "refused_reason" TEXT,
    "refused_at" TIMESTAMPTZ(3),
    "cpu_ratio" DOUBLE PRECISION NOT NULL,
    "memory_bytes" BIGINT NOT NULL,
    "samples_per_second" DOUBLE PRECISION NOT NULL,
    "requests_per_second" DOUBLE PRECISION NOT NULL,
    "refused_per_second" DOUBLE PRECISION NOT NULL,
    "active_series" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "gateway_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- CreateTable
-- Unlogged, as the next heartbeat brings back what a crash loses. Room in the pages, so that heartbeats update in place.
CREATE UNLOGGED TABLE "gateway_tenant" (
    "tenant_id" TEXT NOT NULL,
    "gateway_id" TEXT NOT NULL,
    "demand_samples_per_second" DOUBLE PRECISION NOT NULL,
    "demand_requests_per_second" DOUBLE PRECISION NOT NULL,
    "demand_series" DOUBLE PRECISION NOT NULL,
    "samples_per_second" DOUBLE PRECISION NOT NULL,
    "requests_per_second" DOUBLE PRECISION NOT NULL,
    "active_series" DOUBLE PRECISION NOT NULL,
    "refused_per_second" DOUBLE PRECISION NOT NULL,
    "refused_by_reason" JSONB NOT NULL,

    CONSTRAINT "gateway_tenant_pkey" PRIMARY KEY ("tenant_id","gateway_id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- CreateTable
CREATE TABLE "attestation" (
    "gateway_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attestation_pkey" PRIMARY KEY ("gateway_id","version")
);

-- CreateTable
CREATE TABLE "policy_version" (
    "version" BIGSERIAL NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "tenants" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,
    "signature" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "manifest" JSONB NOT NULL,
    "state" "policy_version_state" NOT NULL DEFAULT 'compiled',
    "canary_published_at" TIMESTAMPTZ(3),
    "canary_enforced_at" TIMESTAMPTZ(3),
    "fleet_published_at" TIMESTAMPTZ(3),
    "enforced_at" TIMESTAMPTZ(3),
    "held" TEXT,
    "causes" JSONB NOT NULL,
    "source_hash" TEXT NOT NULL,

    CONSTRAINT "policy_version_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "ring_state" (
    "ring" "ring" NOT NULL,
    "desired_version" BIGINT NOT NULL,
    "desired_sha256" TEXT NOT NULL,
    "manifest" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL,
    "parameter_version" INTEGER NOT NULL,
    "last_good_version" BIGINT,

    CONSTRAINT "ring_state_pkey" PRIMARY KEY ("ring")
);

-- CreateTable
CREATE TABLE "tenant_quota" (
    "tenant_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "limits" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "tenant_quota_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "quota_revision" (
    "tenant_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "approved_by_subject" TEXT,
    "approved_by_name" TEXT,
    "reason" TEXT NOT NULL,
    "limits" JSONB NOT NULL,
    "changes" JSONB NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "reverts_revision" INTEGER,
    "change_request_id" UUID,
    "policy_version" BIGINT,

    CONSTRAINT "quota_revision_pkey" PRIMARY KEY ("tenant_id","revision")
);

-- CreateTable
CREATE TABLE "boost" (
    "tenant_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "boost_pkey" PRIMARY KEY ("tenant_id","revision")
);

-- CreateTable
CREATE TABLE "change_request" (
    "tenant_id" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "limits" JSONB NOT NULL,
    "changes" JSONB NOT NULL,
    "outside" JSONB NOT NULL,
    "base_revision" INTEGER NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "state" "change_request_state" NOT NULL DEFAULT 'pending',
    "decided_by_subject" TEXT,
    "decided_by_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "decision_reason" TEXT,
    "applied_revision" INTEGER,

    CONSTRAINT "change_request_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "tenant" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "status" "tenant_status" NOT NULL DEFAULT 'active',
    "envelope" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "platform_defaults" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "limits" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "platform_defaults_pkey" PRIMARY KEY ("only")
);

-- CreateTable
CREATE TABLE "tenant_change" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "policy_version" BIGINT,

    CONSTRAINT "tenant_change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "role_grant_created_at_id_idx" ON "role_grant"("created_at", "id");

-- CreateIndex
CREATE INDEX "role_grant_tenant_id_idx" ON "role_grant"("tenant_id");

-- CreateIndex
CREATE UNIQUE INDEX "role_grant_subject_kind_subject_role_tenant_id_key" ON "role_grant"("subject_kind", "subject", "role", "tenant_id") NULLS NOT DISTINCT;

-- CreateIndex
CREATE INDEX "audit_event_occurred_at_seq_idx" ON "audit_event"("occurred_at", "seq");

-- CreateIndex
CREATE INDEX "audit_event_tenant_id_occurred_at_seq_idx" ON "audit_event"("tenant_id", "occurred_at", "seq");

-- CreateIndex
CREATE INDEX "audit_event_actor_occurred_at_seq_idx" ON "audit_event"("actor", "occurred_at", "seq");

-- CreateIndex
CREATE INDEX "audit_event_actor_name_occurred_at_seq_idx" ON "audit_event"("actor_name", "occurred_at", "seq");

-- CreateIndex
CREATE INDEX "audit_event_action_occurred_at_seq_idx" ON "audit_event"("action", "occurred_at", "seq");

-- CreateIndex
CREATE INDEX "gateway_tenant_gateway_id_idx" ON "gateway_tenant"("gateway_id");

-- CreateIndex
CREATE INDEX "policy_version_state_idx" ON "policy_version"("state");

-- CreateIndex
CREATE INDEX "quota_revision_tenant_id_created_at_idx" ON "quota_revision"("tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "quota_revision_tenant_id_change_request_id_idx" ON "quota_revision"("tenant_id", "change_request_id");

-- CreateIndex
CREATE INDEX "quota_revision_policy_version_idx" ON "quota_revision"("policy_version");

-- CreateIndex
CREATE UNIQUE INDEX "quota_revision_tenant_id_reverts_revision_key" ON "quota_revision"("tenant_id", "reverts_revision");

-- CreateIndex
CREATE INDEX "change_request_decided_at_id_idx" ON "change_request"("decided_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "change_request_id_key" ON "change_request"("id");

-- CreateIndex
CREATE INDEX "tenant_name_id_idx" ON "tenant"("name", "id");

-- CreateIndex
CREATE INDEX "tenant_created_at_id_idx" ON "tenant"("created_at", "id");

-- CreateIndex
CREATE INDEX "tenant_change_policy_version_idx" ON "tenant_change"("policy_version");

-- CreateIndex
CREATE INDEX "tenant_change_tenant_id_idx" ON "tenant_change"("tenant_id");

-- AddForeignKey
ALTER TABLE "role_grant" ADD CONSTRAINT "role_grant_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "gateway_tenant" ADD CONSTRAINT "gateway_tenant_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "gateway_tenant" ADD CONSTRAINT "gateway_tenant_gateway_id_fkey" FOREIGN KEY ("gateway_id") REFERENCES "gateway"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "attestation" ADD CONSTRAINT "attestation_gateway_id_fkey" FOREIGN KEY ("gateway_id") REFERENCES "gateway"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "tenant_quota" ADD CONSTRAINT "tenant_quota_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "quota_revision" ADD CONSTRAINT "quota_revision_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "quota_revision" ADD CONSTRAINT "quota_revision_tenant_id_reverts_revision_fkey" FOREIGN KEY ("tenant_id", "reverts_revision") REFERENCES "quota_revision"("tenant_id", "revision") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "quota_revision" ADD CONSTRAINT "quota_revision_tenant_id_change_request_id_fkey" FOREIGN KEY ("tenant_id", "change_request_id") REFERENCES "change_request"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "quota_revision" ADD CONSTRAINT "quota_revision_policy_version_fkey" FOREIGN KEY ("policy_version") REFERENCES "policy_version"("version") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "boost" ADD CONSTRAINT "boost_tenant_id_revision_fkey" FOREIGN KEY ("tenant_id", "revision") REFERENCES "quota_revision"("tenant_id", "revision") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "change_request" ADD CONSTRAINT "change_request_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "change_request" ADD CONSTRAINT "change_request_tenant_id_applied_revision_fkey" FOREIGN KEY ("tenant_id", "applied_revision") REFERENCES "quota_revision"("tenant_id", "revision") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "tenant_change" ADD CONSTRAINT "tenant_change_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "tenant_change" ADD CONSTRAINT "tenant_change_policy_version_fkey" FOREIGN KEY ("policy_version") REFERENCES "policy_version"("version") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Partial indexes
CREATE INDEX "change_request_pending_idx" ON "change_request"("created_at", "id") WHERE "state" = 'pending';
CREATE INDEX "boost_running_idx" ON "boost"("ends_at") WHERE "ended_at" IS NULL;

-- Checks
ALTER TABLE "tenant"
    ADD CONSTRAINT "tenant_id_form" CHECK ("id" ~ '^[a-z][a-z0-9-]{0,61}[a-z0-9]$'),
    ADD CONSTRAINT "tenant_named" CHECK ("name" <> '' AND "plan" <> ''),
    ADD CONSTRAINT "tenant_envelope_object" CHECK (jsonb_typeof("envelope") = 'object');

ALTER TABLE "platform_defaults"
    ADD CONSTRAINT "platform_defaults_one_row" CHECK ("only"),
    ADD CONSTRAINT "platform_defaults_limits_object" CHECK (jsonb_typeof("limits") = 'object');

ALTER TABLE "role_grant"
    ADD CONSTRAINT "role_grant_role" CHECK ("role" IN ('platform-admin', 'platform-approver', 'auditor', 'tenant-admin', 'tenant-viewer')),
    ADD CONSTRAINT "role_grant_tenant_roles_have_a_tenant" CHECK (("role" IN ('tenant-admin', 'tenant-viewer')) = ("tenant_id" IS NOT NULL)),
    ADD CONSTRAINT "role_grant_subject" CHECK ("subject" <> '');

ALTER TABLE "tenant_quota"
    ADD CONSTRAINT "tenant_quota_revision" CHECK ("revision" >= 0),
    ADD CONSTRAINT "tenant_quota_limits_object" CHECK (jsonb_typeof("limits") = 'object');

ALTER TABLE "quota_revision"
    ADD CONSTRAINT "quota_revision_positive" CHECK ("revision" > 0),
    ADD CONSTRAINT "quota_revision_reverts_an_earlier" CHECK ("reverts_revision" < "revision"),
    ADD CONSTRAINT "quota_revision_ends_later" CHECK ("ends_at" > "created_at"),
    ADD CONSTRAINT "quota_revision_reason" CHECK ("reason" <> ''),
    ADD CONSTRAINT "quota_revision_approver_named" CHECK (("approved_by_subject" IS NULL) = ("approved_by_name" IS NULL)),
    ADD CONSTRAINT "quota_revision_four_eyes" CHECK ("approved_by_subject" <> "by_subject"),
    ADD CONSTRAINT "quota_revision_json" CHECK (jsonb_typeof("limits") = 'object' AND jsonb_typeof("changes") = 'array');

ALTER TABLE "change_request"
    ADD CONSTRAINT "change_request_base" CHECK ("base_revision" >= 0),
    ADD CONSTRAINT "change_request_ends_later" CHECK ("ends_at" > "created_at"),
    ADD CONSTRAINT "change_request_reason" CHECK ("reason" <> ''),
    ADD CONSTRAINT "change_request_decided_whole" CHECK (
        ("state" = 'pending') = ("decided_at" IS NULL)
        AND ("decided_at" IS NULL) = ("decided_by_subject" IS NULL)
        AND ("decided_at" IS NULL) = ("decided_by_name" IS NULL)
        AND ("decided_at" IS NULL) = ("decision_reason" IS NULL)),
    ADD CONSTRAINT "change_request_applied_when_approved" CHECK (("state" = 'approved') = ("applied_revision" IS NOT NULL)),
    ADD CONSTRAINT "change_request_four_eyes" CHECK ("state" NOT IN ('approved', 'declined') OR "decided_by_subject" <> "by_subject"),
    ADD CONSTRAINT "change_request_json" CHECK (
        jsonb_typeof("limits") = 'object' AND jsonb_typeof("changes") = 'array' AND jsonb_typeof("outside") = 'array');

ALTER TABLE "policy_version"
    ADD CONSTRAINT "policy_version_positive" CHECK ("version" > 0 AND "bytes" > 0 AND "tenants" >= 0),
    ADD CONSTRAINT "policy_version_hashes" CHECK ("sha256" ~ '^[0-9a-f]{64}$' AND "source_hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "policy_version_json" CHECK (jsonb_typeof("manifest") = 'object' AND jsonb_typeof("causes") = 'array');

ALTER TABLE "ring_state"
    ADD CONSTRAINT "ring_state_sha256" CHECK ("desired_sha256" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "ring_state_positive" CHECK ("desired_version" > 0 AND "parameter_version" > 0 AND "last_good_version" > 0);

-- The upper bound also keeps out NaN and infinity.
ALTER TABLE "gateway"
    ADD CONSTRAINT "gateway_id_form" CHECK ("id" ~ '^[a-z0-9-]{1,63}$'),
    ADD CONSTRAINT "gateway_applied_whole" CHECK (
        ("applied_version" IS NULL) = ("applied_sha256" IS NULL) AND ("applied_version" IS NULL) = ("applied_at" IS NULL)),
    ADD CONSTRAINT "gateway_refused_whole" CHECK (
        ("refused_version" IS NULL) = ("refused_reason" IS NULL) AND ("refused_version" IS NULL) = ("refused_at" IS NULL)),
    ADD CONSTRAINT "gateway_figures" CHECK (
        "cpu_ratio" BETWEEN 0 AND 1000 AND "memory_bytes" >= 0 AND "samples_per_second" BETWEEN 0 AND 1e15
        AND "requests_per_second" BETWEEN 0 AND 1e15 AND "refused_per_second" BETWEEN 0 AND 1e15
        AND "active_series" BETWEEN 0 AND 1e15);

ALTER TABLE "gateway_tenant"
    ADD CONSTRAINT "gateway_tenant_figures" CHECK (
        "demand_samples_per_second" BETWEEN 0 AND 1e15 AND "demand_requests_per_second" BETWEEN 0 AND 1e15
        AND "demand_series" BETWEEN 0 AND 1e15 AND "samples_per_second" BETWEEN 0 AND 1e15
        AND "requests_per_second" BETWEEN 0 AND 1e15 AND "active_series" BETWEEN 0 AND 1e15
        AND "refused_per_second" BETWEEN 0 AND 1e15 AND jsonb_typeof("refused_by_reason") = 'object');

ALTER TABLE "attestation"
    ADD CONSTRAINT "attestation_version" CHECK ("version" > 0),
    ADD CONSTRAINT "attestation_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$');

ALTER TABLE "audit_event"
    ADD CONSTRAINT "audit_event_seq" CHECK ("seq" > 0),
    ADD CONSTRAINT "audit_event_hash" CHECK ("hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "audit_event_told" CHECK ("actor" <> '' AND "action" <> '');

ALTER TABLE "audit_head"
    ADD CONSTRAINT "audit_head_one_row" CHECK ("only");

INSERT INTO "platform_defaults" DEFAULT VALUES;
INSERT INTO "audit_head" ("hash") VALUES (repeat('0', 64));
