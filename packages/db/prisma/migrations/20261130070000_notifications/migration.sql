-- Notifications: receivers, routes, the outbox, and the notices of the portal's bell.

-- CreateEnum
CREATE TYPE "receiver_kind" AS ENUM ('pagerduty', 'slack', 'webhook', 'email');

-- CreateEnum
CREATE TYPE "outbox_event" AS ENUM ('opened', 'updated', 'acknowledged', 'resolved', 'told');

-- CreateEnum
CREATE TYPE "outbox_state" AS ENUM ('waiting', 'sending', 'sent', 'failed', 'unknown');

-- CreateTable
CREATE TABLE "receiver" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "receiver_kind" NOT NULL,
    "settings" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "paused_until" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "receiver_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_routes" (
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "routes" JSONB NOT NULL,

    CONSTRAINT "notification_routes_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "outbox_thread" (
    "id" BIGSERIAL NOT NULL,
    "receiver_id" UUID NOT NULL,
    "dedup_key" TEXT NOT NULL,
    "is_storm" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_opened_at" TIMESTAMPTZ(3) NOT NULL,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered" TEXT,
    "remote" JSONB,

    CONSTRAINT "outbox_thread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_message" (
    "id" BIGSERIAL NOT NULL,
    "receiver_id" UUID NOT NULL,
    "thread_id" BIGINT NOT NULL,
    "subject" TEXT NOT NULL,
    "event" "outbox_event" NOT NULL,
    "payload" JSONB NOT NULL,
    "state" "outbox_state" NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lost_answers" INTEGER NOT NULL DEFAULT 0,
    "last_answer" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "tenant_id" TEXT,
    "for_subject" TEXT,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice_reader" (
    "subject" TEXT NOT NULL,
    "seen_id" BIGINT NOT NULL,

    CONSTRAINT "notice_reader_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "notice_condition" (
    "key" TEXT NOT NULL,
    "level" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "last_seen" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_condition_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "outbox_thread_receiver_id_last_opened_at_idx" ON "outbox_thread"("receiver_id", "last_opened_at");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_thread_receiver_id_dedup_key_key" ON "outbox_thread"("receiver_id", "dedup_key");

-- CreateIndex
CREATE INDEX "outbox_message_subject_idx" ON "outbox_message"("subject");

-- CreateIndex
CREATE INDEX "outbox_message_thread_id_id_idx" ON "outbox_message"("thread_id", "id");

-- CreateIndex
CREATE INDEX "outbox_message_created_at_id_idx" ON "outbox_message"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_key_key" ON "notice"("key");

-- CreateIndex
CREATE INDEX "notice_tenant_id_id_idx" ON "notice"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "notice_created_at_idx" ON "notice"("created_at");

-- AddForeignKey
ALTER TABLE "outbox_thread" ADD CONSTRAINT "outbox_thread_receiver_id_fkey" FOREIGN KEY ("receiver_id") REFERENCES "receiver"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "outbox_message" ADD CONSTRAINT "outbox_message_receiver_id_fkey" FOREIGN KEY ("receiver_id") REFERENCES "receiver"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "outbox_message" ADD CONSTRAINT "outbox_message_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "outbox_thread"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "notice" ADD CONSTRAINT "notice_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

CREATE UNIQUE INDEX "receiver_live_name_idx" ON "receiver"("name") WHERE "removed_at" IS NULL;

-- What is still to be sent: few rows of many.
CREATE INDEX "outbox_message_open_idx" ON "outbox_message"("receiver_id", "thread_id", "id") WHERE "state" IN ('waiting', 'sending');

-- Checks
ALTER TABLE "receiver" ADD CONSTRAINT "receiver_name_form" CHECK ("name" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$');
ALTER TABLE "outbox_thread"
    ADD CONSTRAINT "outbox_thread_dedup_key" CHECK (length("dedup_key") BETWEEN 1 AND 255),
    ADD CONSTRAINT "outbox_thread_delivered" CHECK ("delivered" IN ('open', 'acknowledged', 'resolved'));
ALTER TABLE "outbox_message"
    ADD CONSTRAINT "outbox_message_subject" CHECK (length("subject") BETWEEN 1 AND 255),
    ADD CONSTRAINT "outbox_message_finished" CHECK (("finished_at" IS NULL) = ("state" IN ('waiting', 'sending')));

-- Only the platform's people set up receivers and routes, and workers send. A tenant's request sees and writes none of
-- it: it enqueues a job that makes the notice.
GRANT SELECT, INSERT ON public.receiver, public.notification_routes, public.outbox_thread, public.outbox_message,
    public.notice, public.notice_reader TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (name, settings, removed_at, paused_until, failures) ON public.receiver TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (last_opened_at, next_attempt_at) ON public.outbox_thread TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (delivered, remote) ON public.outbox_thread TO tickwatch_worker;
GRANT UPDATE (state, attempts, lost_answers, last_answer, finished_at) ON public.outbox_message TO tickwatch_worker;
GRANT UPDATE (seen_id) ON public.notice_reader TO tickwatch_platform, tickwatch_worker;
GRANT USAGE ON SEQUENCE public.outbox_thread_id_seq, public.outbox_message_id_seq, public.notice_id_seq
    TO tickwatch_platform, tickwatch_worker;
GRANT DELETE ON public.outbox_thread, public.notice TO tickwatch_worker;
GRANT SELECT, INSERT, DELETE, UPDATE (level, since, last_seen) ON public.notice_condition TO tickwatch_worker;
GRANT SELECT ON public.notice TO tickwatch_tenant;

ALTER TABLE public.notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notice FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON public.notice TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.notice FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
