-- The rings become an ordered list of waves, recorded with each version: no type, column or state counts to two.

-- A ring is any name.
ALTER TABLE "gateway" ALTER COLUMN "ring" TYPE TEXT USING "ring"::text;
ALTER TABLE "ring_state" ALTER COLUMN "ring" TYPE TEXT USING "ring"::text;
DROP TYPE "ring";
ALTER TABLE "gateway" ADD CONSTRAINT "gateway_ring_form" CHECK ("ring" ~ '^[a-z0-9][a-z0-9-]{0,31}$');
ALTER TABLE "ring_state" ADD CONSTRAINT "ring_state_ring_form" CHECK ("ring" ~ '^[a-z0-9][a-z0-9-]{0,31}$');

-- CreateTable
CREATE TABLE "policy_version_wave" (
    "version" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "ring" TEXT NOT NULL,
    "hold_seconds" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "published_at" TIMESTAMPTZ(3),
    "enforced_at" TIMESTAMPTZ(3),

    CONSTRAINT "policy_version_wave_pkey" PRIMARY KEY ("version","position")
);

-- Every version had two waves. The canary's turn came when the version was compiled; the fleet's when the canary let it go
-- on, which was kept in the same column as the time of the publication: only a version that still waits for that was not
-- told. What every gateway enforced, the fleet enforced.
INSERT INTO "policy_version_wave" ("version", "position", "ring", "hold_seconds", "due_at", "published_at", "enforced_at")
SELECT "version", 0, 'canary', 30, "created_at", "canary_published_at", "canary_enforced_at" FROM "policy_version"
UNION ALL
SELECT "version", 1, 'fleet', 30, "fleet_published_at",
    CASE WHEN "state" <> 'canary' THEN "fleet_published_at" END, "enforced_at" FROM "policy_version";

ALTER TABLE "policy_version_wave"
    ADD CONSTRAINT "policy_version_wave_ring_form" CHECK ("ring" ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    ADD CONSTRAINT "policy_version_wave_order" CHECK ("position" >= 0 AND "hold_seconds" >= 0),
    ADD CONSTRAINT "policy_version_wave_turn" CHECK ("published_at" IS NULL OR "due_at" IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "policy_version_wave_ring_version_key" ON "policy_version_wave"("ring", "version");

-- AddForeignKey
ALTER TABLE "policy_version_wave" ADD CONSTRAINT "policy_version_wave_version_fkey" FOREIGN KEY ("version") REFERENCES "policy_version"("version") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- At the canary and at the fleet was the same: on its way from wave to wave.
ALTER TYPE "policy_version_state" RENAME TO "policy_version_state_of_two";
CREATE TYPE "policy_version_state" AS ENUM ('compiled', 'publishing', 'enforced', 'refused', 'superseded');
ALTER TABLE "policy_version"
    ALTER COLUMN "state" DROP DEFAULT,
    ALTER COLUMN "state" TYPE "policy_version_state" USING (
        CASE WHEN "state" IN ('canary', 'fleet') THEN 'publishing' ELSE "state"::text END
    )::"policy_version_state",
    ALTER COLUMN "state" SET DEFAULT 'compiled',
    DROP COLUMN "canary_published_at",
    DROP COLUMN "canary_enforced_at",
    DROP COLUMN "fleet_published_at";
DROP TYPE "policy_version_state_of_two";

-- A tenant sees how far a version is, as before.
GRANT SELECT (version, position, ring, published_at, enforced_at) ON public.policy_version_wave TO tickwatch_tenant;
GRANT SELECT ON public.policy_version_wave TO tickwatch_platform, tickwatch_worker;
GRANT INSERT, UPDATE (due_at, published_at, enforced_at) ON public.policy_version_wave TO tickwatch_worker;
