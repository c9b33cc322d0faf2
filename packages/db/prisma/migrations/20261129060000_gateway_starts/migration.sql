-- When the connection of a gateway broke and no heartbeat followed. Locks gateway for a moment: without a default, no row is
-- rewritten.
ALTER TABLE "gateway" ADD COLUMN "lost_at" TIMESTAMPTZ(3);

-- A tenant sees which gateways are away, as before by their last heartbeat.
GRANT SELECT (lost_at) ON public.gateway TO tickwatch_tenant;

-- CreateTable
CREATE TABLE "gateway_start" (
    "gateway_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL,
    "software_version" TEXT NOT NULL,
    "previous_ended_at" TIMESTAMPTZ(3),
    "previous_left" BOOLEAN,

    CONSTRAINT "gateway_start_pkey" PRIMARY KEY ("gateway_id","started_at")
);

-- CreateIndex
CREATE INDEX "gateway_start_reported_at_idx" ON "gateway_start"("reported_at");

-- AddForeignKey
ALTER TABLE "gateway_start" ADD CONSTRAINT "gateway_start_gateway_id_fkey" FOREIGN KEY ("gateway_id") REFERENCES "gateway"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- Of gateways that run already only the last start is known, and not how the process before it ended.
INSERT INTO "gateway_start" ("gateway_id", "started_at", "reported_at", "software_version")
SELECT "id", "started_at", least("started_at", "heartbeat_at"), "software_version" FROM "gateway";

GRANT SELECT, INSERT ON public.gateway_start TO tickwatch_platform, tickwatch_worker;
GRANT DELETE ON public.gateway_start TO tickwatch_worker;
