-- What a second count of the steps of SLOs found, once no more samples of them could arrive.

-- CreateTable
CREATE TABLE "slo_recount" (
    "slo_id" TEXT NOT NULL,
    "end_at" TIMESTAMPTZ(3) NOT NULL,
    "labels" JSONB NOT NULL,
    "bad" DOUBLE PRECISION NOT NULL,
    "total" DOUBLE PRECISION NOT NULL,
    "steps" INTEGER NOT NULL,

    CONSTRAINT "slo_recount_pkey" PRIMARY KEY ("slo_id","end_at","labels")
);

-- CreateTable
CREATE TABLE "slo_settled" (
    "slo_id" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "slo_settled_pkey" PRIMARY KEY ("slo_id")
);

-- CreateIndex
CREATE INDEX "slo_recount_end_at_idx" ON "slo_recount"("end_at");

-- AddForeignKey
ALTER TABLE "slo_recount" ADD CONSTRAINT "slo_recount_slo_id_fkey" FOREIGN KEY ("slo_id") REFERENCES "slo"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "slo_settled" ADD CONSTRAINT "slo_settled_slo_id_fkey" FOREIGN KEY ("slo_id") REFERENCES "slo"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

ALTER TABLE "slo_recount" ADD CONSTRAINT "slo_recount_steps" CHECK ("steps" IN (0, 1));

GRANT SELECT ON public.slo_recount, public.slo_settled TO tickwatch_platform, tickwatch_worker;
GRANT INSERT, UPDATE, DELETE ON public.slo_recount TO tickwatch_worker;
GRANT INSERT, UPDATE ON public.slo_settled TO tickwatch_worker;
