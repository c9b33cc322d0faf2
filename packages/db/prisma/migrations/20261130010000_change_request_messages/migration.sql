-- Questions of approvers about pending requests, and the tenants' answers.

-- CreateEnum
CREATE TYPE "change_request_message_kind" AS ENUM ('question', 'answer');

-- CreateTable
CREATE TABLE "change_request_message" (
    "tenant_id" TEXT NOT NULL,
    "change_request_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" "change_request_message_kind" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "change_request_message_pkey" PRIMARY KEY ("tenant_id","change_request_id","position")
);

-- CreateIndex
CREATE INDEX "change_request_message_tenant_id_created_at_idx" ON "change_request_message"("tenant_id", "created_at");

-- AddForeignKey
ALTER TABLE "change_request_message" ADD CONSTRAINT "change_request_message_tenant_id_change_request_id_fkey" FOREIGN KEY ("tenant_id", "change_request_id") REFERENCES "change_request"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- A request has at most 10 questions, and each has at most one answer.
ALTER TABLE "change_request_message"
    ADD CONSTRAINT "change_request_message_position" CHECK ("position" BETWEEN 1 AND 20);

GRANT SELECT, INSERT ON public.change_request_message TO tickwatch_tenant, tickwatch_platform, tickwatch_worker;

ALTER TABLE public.change_request_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.change_request_message FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON public.change_request_message TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.change_request_message FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
-- Only approvers ask.
CREATE POLICY own_answer ON public.change_request_message FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND kind = 'answer');
