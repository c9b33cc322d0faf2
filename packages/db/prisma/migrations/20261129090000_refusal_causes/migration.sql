-- CreateTable
CREATE UNLOGGED TABLE "refusal_causes" (
    "tenant_id" TEXT NOT NULL,
    "gateway_id" TEXT NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL,
    "report" JSONB NOT NULL,

    CONSTRAINT "refusal_causes_pkey" PRIMARY KEY ("tenant_id","gateway_id")
);

-- CreateIndex
CREATE INDEX "refusal_causes_gateway_id_idx" ON "refusal_causes"("gateway_id");

-- AddForeignKey
ALTER TABLE "refusal_causes" ADD CONSTRAINT "refusal_causes_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "refusal_causes" ADD CONSTRAINT "refusal_causes_gateway_id_fkey" FOREIGN KEY ("gateway_id") REFERENCES "gateway"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

ALTER TABLE public.refusal_causes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.refusal_causes FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON public.refusal_causes TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY own_read ON public.refusal_causes FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
GRANT SELECT ON public.refusal_causes TO tickwatch_tenant;
GRANT SELECT, INSERT, UPDATE ON public.refusal_causes TO tickwatch_platform, tickwatch_worker;
