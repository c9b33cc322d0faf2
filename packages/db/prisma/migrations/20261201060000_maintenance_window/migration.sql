-- Maintenance windows of SLOs.

-- CreateTable
CREATE TABLE "maintenance_window" (
    "id" UUID NOT NULL,
    "slo_id" TEXT,
    "labels" JSONB,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "approved_at" TIMESTAMPTZ(3) NOT NULL,
    "approved_by_subject" TEXT NOT NULL,
    "approved_by_name" TEXT NOT NULL,
    "change_request_id" UUID NOT NULL,
    "ended_by_subject" TEXT,
    "ended_by_name" TEXT,
    "ended_reason" TEXT,

    CONSTRAINT "maintenance_window_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "maintenance_window_change_request_id_key" ON "maintenance_window"("change_request_id");

-- CreateIndex
CREATE INDEX "maintenance_window_slo_id_idx" ON "maintenance_window"("slo_id");

-- CreateIndex
CREATE INDEX "maintenance_window_until_id_idx" ON "maintenance_window"("until", "id");

-- AddForeignKey
ALTER TABLE "maintenance_window" ADD CONSTRAINT "maintenance_window_slo_id_fkey" FOREIGN KEY ("slo_id") REFERENCES "slo"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "maintenance_window" ADD CONSTRAINT "maintenance_window_change_request_id_fkey" FOREIGN KEY ("change_request_id") REFERENCES "change_request"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Checks
ALTER TABLE "maintenance_window"
    ADD CONSTRAINT "maintenance_window_length" CHECK ("starts_at" < "ends_at" AND "ends_at" <= "starts_at" + interval '7 days'),
    -- Nobody excludes time that was settled: see docs/adr/0036.
    ADD CONSTRAINT "maintenance_window_in_time" CHECK ("approved_at" <= "starts_at" + interval '1 hour'),
    ADD CONSTRAINT "maintenance_window_until" CHECK ("until" <= "ends_at"),
    ADD CONSTRAINT "maintenance_window_ended_whole" CHECK (
        ("ended_reason" IS NULL) = ("until" = "ends_at")
        AND ("ended_reason" IS NULL) = ("ended_by_subject" IS NULL) AND ("ended_reason" IS NULL) = ("ended_by_name" IS NULL)),
    ADD CONSTRAINT "maintenance_window_group" CHECK ("labels" IS NULL OR ("slo_id" IS NOT NULL AND jsonb_typeof("labels") = 'object')),
    ADD CONSTRAINT "maintenance_window_reasons" CHECK ("reason" <> '' AND "ended_reason" <> ''),
    ADD CONSTRAINT "maintenance_window_four_eyes" CHECK ("approved_by_subject" <> "by_subject");

-- A person can only end a window, and nobody removes one. Like SLOs, windows are the platform's.
GRANT SELECT, INSERT ON public.maintenance_window TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (until, ended_by_subject, ended_by_name, ended_reason) ON public.maintenance_window
    TO tickwatch_platform, tickwatch_worker;
