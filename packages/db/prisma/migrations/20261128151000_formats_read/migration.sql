-- The newest formats of the policy that a gateway reads: one that does not say reads the first. Locks gateway for a moment:
-- constant defaults rewrite no row. They stay, so that an API of the version before goes on recording heartbeats.
ALTER TABLE "gateway" ADD COLUMN "bundle_format" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN "manifest_format" INTEGER NOT NULL DEFAULT 1;
