-- Sessions of the portal that were signed out, until they would have ended by themselves.
CREATE TABLE "ended_session" (
    "id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ended_session_pkey" PRIMARY KEY ("id")
);

GRANT SELECT, INSERT ON public.ended_session TO tickwatch_platform, tickwatch_worker;
GRANT DELETE ON public.ended_session TO tickwatch_worker;

-- A version that a gateway enforces but could not save to its disk, so that it can't attest it.
ALTER TABLE "gateway" ADD COLUMN "unsaved_version" BIGINT,
    ADD COLUMN "unsaved_reason" TEXT,
    ADD COLUMN "unsaved_at" TIMESTAMPTZ(3);
