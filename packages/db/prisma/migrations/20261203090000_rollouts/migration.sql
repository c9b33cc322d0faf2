-- Rollouts of images, the approvals that they need, and freeze windows.

-- AlterTable
ALTER TABLE "change_request" ADD COLUMN "approvers_needed" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "change_request_approval" (
    "tenant_id" TEXT NOT NULL,
    "change_request_id" UUID NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "change_request_approval_pkey" PRIMARY KEY ("tenant_id","change_request_id","by_subject")
);

-- CreateTable
CREATE TABLE "rollout" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "image_id" UUID NOT NULL,
    "environment" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "plan_sha256" TEXT NOT NULL,
    "state" JSONB NOT NULL,
    "phase" TEXT NOT NULL,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "observed" JSONB,
    "observed_at" TIMESTAMPTZ(3),
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "change_request_id" UUID NOT NULL,

    CONSTRAINT "rollout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rollout_group" (
    "rollout_id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "group_name" TEXT NOT NULL,
    "is_open" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "rollout_group_pkey" PRIMARY KEY ("rollout_id","region","group_name")
);

-- CreateTable
CREATE TABLE "rollout_event" (
    "rollout_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "by_subject" TEXT,
    "by_name" TEXT,

    CONSTRAINT "rollout_event_pkey" PRIMARY KEY ("rollout_id","position")
);

-- CreateTable
CREATE TABLE "rollout_verdict" (
    "rollout_id" UUID NOT NULL,
    "wave" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT NOT NULL,
    "verdict" JSONB NOT NULL,

    CONSTRAINT "rollout_verdict_pkey" PRIMARY KEY ("rollout_id","wave")
);

-- CreateTable
CREATE TABLE "freeze_window" (
    "id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "environments" TEXT[],
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_by_subject" TEXT,
    "ended_by_name" TEXT,
    "ended_reason" TEXT,

    CONSTRAINT "freeze_window_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "rollout_number_key" ON "rollout"("number");

-- CreateIndex
CREATE UNIQUE INDEX "rollout_change_request_id_key" ON "rollout"("change_request_id");

-- CreateIndex
CREATE INDEX "rollout_image_id_idx" ON "rollout"("image_id");

-- CreateIndex
CREATE INDEX "rollout_event_at_idx" ON "rollout_event"("at");

-- CreateIndex
CREATE INDEX "freeze_window_until_id_idx" ON "freeze_window"("until", "id");

-- AddForeignKey
ALTER TABLE "change_request_approval" ADD CONSTRAINT "change_request_approval_tenant_id_change_request_id_fkey" FOREIGN KEY ("tenant_id", "change_request_id") REFERENCES "change_request"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_change_request_id_fkey" FOREIGN KEY ("change_request_id") REFERENCES "change_request"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rollout_group" ADD CONSTRAINT "rollout_group_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rollout_event" ADD CONSTRAINT "rollout_event_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rollout_verdict" ADD CONSTRAINT "rollout_verdict_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- A group is in at most one open rollout, whatever the processes of the API do at once.
CREATE UNIQUE INDEX "rollout_group_open_idx" ON "rollout_group"("region", "group_name") WHERE "is_open";
-- The open rollouts, which a worker reads every few seconds.
CREATE INDEX "rollout_open_idx" ON "rollout"("number") WHERE "ended_at" IS NULL;

-- Checks
ALTER TABLE "change_request"
    ADD CONSTRAINT "change_request_approvers_needed" CHECK ("approvers_needed" >= 1);
ALTER TABLE "change_request_approval"
    ADD CONSTRAINT "change_request_approval_reason" CHECK ("reason" <> '');
ALTER TABLE "rollout"
    ADD CONSTRAINT "rollout_plan_sha256" CHECK ("plan_sha256" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "rollout_json" CHECK (jsonb_typeof("plan") = 'object' AND jsonb_typeof("state") = 'object'),
    ADD CONSTRAINT "rollout_seq" CHECK ("seq" >= 0),
    ADD CONSTRAINT "rollout_reason" CHECK ("reason" <> ''),
    ADD CONSTRAINT "rollout_expires_later" CHECK ("expires_at" > "created_at"),
    ADD CONSTRAINT "rollout_observed_when" CHECK (("observed" IS NULL) = ("observed_at" IS NULL));
ALTER TABLE "rollout_event"
    ADD CONSTRAINT "rollout_event_position" CHECK ("position" >= 1),
    ADD CONSTRAINT "rollout_event_by_whole" CHECK (("by_subject" IS NULL) = ("by_name" IS NULL));
ALTER TABLE "rollout_verdict"
    ADD CONSTRAINT "rollout_verdict_wave" CHECK ("wave" >= 0);
ALTER TABLE "freeze_window"
    ADD CONSTRAINT "freeze_window_length" CHECK ("starts_at" < "ends_at"),
    ADD CONSTRAINT "freeze_window_until" CHECK ("until" <= "ends_at"),
    ADD CONSTRAINT "freeze_window_ended_whole" CHECK (
        ("ended_reason" IS NULL) = ("until" = "ends_at")
        AND ("ended_reason" IS NULL) = ("ended_by_subject" IS NULL) AND ("ended_reason" IS NULL) = ("ended_by_name" IS NULL)),
    ADD CONSTRAINT "freeze_window_reasons" CHECK ("reason" <> '' AND "ended_reason" <> '');

-- Nobody approves what they asked for, and a request that was decided gets no further approval, whatever the API does.
CREATE FUNCTION public.approval_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    SELECT by_subject, state INTO asked FROM public.change_request
        WHERE tenant_id = NEW.tenant_id AND id = NEW.change_request_id;
    IF asked.by_subject = NEW.by_subject THEN
        RAISE EXCEPTION 'change_request_approval_four_eyes: % asked for the change request % and may not approve it',
            NEW.by_subject, NEW.change_request_id USING ERRCODE = 'check_violation';
    END IF;
    IF asked.state <> 'pending' THEN
        RAISE EXCEPTION 'change_request_approval_pending: the change request % is already %',
            NEW.change_request_id, asked.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_request_approval_by_another BEFORE INSERT ON public.change_request_approval
    FOR EACH ROW EXECUTE FUNCTION public.approval_by_another();

-- A rollout is approved once as many people as it needs have approved it. Approvals are only added, so none of those
-- that were counted can be gone at the commit.
CREATE FUNCTION public.enough_approvals() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    approvals bigint;
BEGIN
    SELECT count(*) INTO approvals FROM public.change_request_approval
        WHERE tenant_id = NEW.tenant_id AND change_request_id = NEW.id;
    IF approvals < NEW.approvers_needed THEN
        RAISE EXCEPTION 'change_request_enough_approvals: the change request % has % of % approvals',
            NEW.id, approvals, NEW.approvers_needed USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_request_enough_approvals BEFORE INSERT OR UPDATE ON public.change_request
    FOR EACH ROW WHEN (NEW.kind = 'rollout' AND NEW.state = 'approved') EXECUTE FUNCTION public.enough_approvals();

-- Afterwards anyone can see who approved what, and what happened.
CREATE TRIGGER change_request_approval_append_only BEFORE UPDATE OR DELETE ON public.change_request_approval
    FOR EACH ROW EXECUTE FUNCTION public.append_only();
CREATE TRIGGER change_request_approval_no_truncate BEFORE TRUNCATE ON public.change_request_approval
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();
CREATE TRIGGER rollout_event_append_only BEFORE UPDATE OR DELETE ON public.rollout_event
    FOR EACH ROW EXECUTE FUNCTION public.append_only();
CREATE TRIGGER rollout_event_no_truncate BEFORE TRUNCATE ON public.rollout_event
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

-- Rollouts are the platform's. A plan and who asked for it stay as they are, and nobody removes a rollout.
GRANT SELECT, INSERT ON public.rollout, public.rollout_group, public.rollout_event, public.freeze_window,
    public.change_request_approval TO tickwatch_platform, tickwatch_worker;
GRANT SELECT ON public.rollout_verdict TO tickwatch_platform, tickwatch_worker;
GRANT USAGE ON SEQUENCE public.rollout_number_seq TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (state, phase, seq, started_at, ended_at) ON public.rollout TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (is_open) ON public.rollout_group TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (until, ended_by_subject, ended_by_name, ended_reason) ON public.freeze_window
    TO tickwatch_platform, tickwatch_worker;
-- Only workers read AWS and judge.
GRANT UPDATE (observed, observed_at) ON public.rollout TO tickwatch_worker;
GRANT INSERT, UPDATE (at, outcome, verdict) ON public.rollout_verdict TO tickwatch_worker;

-- A tenant sees who approved its requests, and approves none.
GRANT SELECT ON public.change_request_approval TO tickwatch_tenant;
ALTER TABLE public.change_request_approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.change_request_approval FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON public.change_request_approval TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.change_request_approval FOR SELECT TO tickwatch_tenant
    USING (tenant_id = (SELECT public.app_tenant()));
