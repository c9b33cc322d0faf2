-- Incidents, their timelines, and the receipts of alerts that make the intake idempotent. The indexes on tables that exist
-- hold off their writes while they are built: some milliseconds.

-- CreateEnum
CREATE TYPE "alert_status" AS ENUM ('firing', 'resolved');

-- CreateEnum
CREATE TYPE "alert_severity" AS ENUM ('page', 'ticket');

-- CreateEnum
CREATE TYPE "incident_state" AS ENUM ('open', 'acknowledged', 'reopened', 'resolved');

-- CreateTable
CREATE TABLE "incident" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "slo" TEXT,
    "alert_name" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "severity" "alert_severity" NOT NULL,
    "state" "incident_state" NOT NULL,
    "episode" INTEGER NOT NULL DEFAULT 1,
    "blind" BOOLEAN NOT NULL DEFAULT false,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "began_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "assignee" TEXT,
    "suspect" JSONB,

    CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "incident_tenant" (
    "tenant_id" TEXT NOT NULL,
    "incident_id" UUID NOT NULL,

    CONSTRAINT "incident_tenant_pkey" PRIMARY KEY ("tenant_id","incident_id")
);

-- CreateTable
CREATE TABLE "incident_event" (
    "id" BIGSERIAL NOT NULL,
    "incident_id" UUID NOT NULL,
    "tenant_id" TEXT,
    "episode" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "alert" JSONB,
    "by_subject" TEXT,
    "by_name" TEXT,
    "text" TEXT,

    CONSTRAINT "incident_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_receipt" (
    "fingerprint" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "status" "alert_status" NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "incident_id" UUID,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_receipt_pkey" PRIMARY KEY ("fingerprint","starts_at","status")
);

-- CreateIndex
CREATE UNIQUE INDEX "incident_number_key" ON "incident"("number");

-- CreateIndex
CREATE INDEX "incident_key_opened_at_idx" ON "incident"("key", "opened_at");

-- CreateIndex
CREATE INDEX "incident_opened_at_id_idx" ON "incident"("opened_at", "id");

-- CreateIndex
CREATE INDEX "incident_tenant_incident_id_idx" ON "incident_tenant"("incident_id");

-- CreateIndex
CREATE INDEX "incident_event_incident_id_id_idx" ON "incident_event"("incident_id", "id");

-- CreateIndex
CREATE INDEX "alert_receipt_incident_id_idx" ON "alert_receipt"("incident_id");

-- AddForeignKey
ALTER TABLE "incident_tenant" ADD CONSTRAINT "incident_tenant_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "incident_tenant" ADD CONSTRAINT "incident_tenant_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "incident_event" ADD CONSTRAINT "incident_event_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "alert_receipt" ADD CONSTRAINT "alert_receipt_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What changed before an incident, of all tenants.
-- CreateIndex
CREATE INDEX "quota_revision_created_at_idx" ON "quota_revision"("created_at");

-- CreateIndex
CREATE INDEX "tenant_change_created_at_idx" ON "tenant_change"("created_at");

-- CreateIndex
CREATE INDEX "policy_version_wave_published_at_idx" ON "policy_version_wave"("published_at");

-- At most one incident of a key is not resolved, whatever the processes of the API do at once.
CREATE UNIQUE INDEX "incident_key_open_idx" ON "incident"("key") WHERE "state" <> 'resolved';
-- The alerts that fire, which each intake reads.
CREATE INDEX "alert_receipt_firing_idx" ON "alert_receipt"("fingerprint") WHERE "status" = 'firing' AND "ended_at" IS NULL;

-- Checks
ALTER TABLE "incident"
    ADD CONSTRAINT "incident_resolved_whole" CHECK (("state" = 'resolved') = ("resolved_at" IS NOT NULL)),
    ADD CONSTRAINT "incident_episode" CHECK ("episode" >= 1);
ALTER TABLE "incident_event"
    ADD CONSTRAINT "incident_event_by_whole" CHECK (("by_subject" IS NULL) = ("by_name" IS NULL));

GRANT SELECT, INSERT ON public.incident, public.incident_tenant, public.incident_event, public.alert_receipt
    TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (severity, state, episode, blind, began_at, resolved_at, assignee, suspect) ON public.incident
    TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (ended_at) ON public.alert_receipt TO tickwatch_platform, tickwatch_worker;
GRANT USAGE ON SEQUENCE public.incident_number_seq, public.incident_event_id_seq TO tickwatch_platform, tickwatch_worker;
-- A tenant sees the incidents that harm it, but not who works on them, what they write, and which change is suspected:
-- that may be another tenant's.
GRANT SELECT (id, number, owner, slo, alert_name, labels, severity, state, episode, blind, opened_at, began_at, resolved_at)
    ON public.incident TO tickwatch_tenant;
GRANT SELECT ON public.incident_tenant TO tickwatch_tenant;
GRANT SELECT (id, incident_id, tenant_id, episode, at, kind, alert) ON public.incident_event TO tickwatch_tenant;

ALTER TABLE public.incident ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.incident FORCE ROW LEVEL SECURITY;
ALTER TABLE public.incident_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.incident_tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE public.incident_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.incident_event FORCE ROW LEVEL SECURITY;

CREATE POLICY platform ON public.incident TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.incident_tenant TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.incident_event TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.incident_tenant FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.incident FOR SELECT TO tickwatch_tenant
    USING (id IN (SELECT incident_id FROM public.incident_tenant WHERE tenant_id = (SELECT public.app_tenant())));
-- What the platform's people write is not for tenants, and one tenant's alerts are not for another one.
CREATE POLICY own_read ON public.incident_event FOR SELECT TO tickwatch_tenant
    USING (kind NOT IN ('note', 'assigned', 'reverted') AND (tenant_id IS NULL OR tenant_id = (SELECT public.app_tenant()))
        AND incident_id IN (SELECT incident_id FROM public.incident_tenant WHERE tenant_id = (SELECT public.app_tenant())));
