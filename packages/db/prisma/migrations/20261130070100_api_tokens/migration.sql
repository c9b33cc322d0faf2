-- Tokens of programs that call the API.

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[] NOT NULL,
    "sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_subject" TEXT,
    "revoked_by_name" TEXT,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_token_sha256_key" ON "api_token"("sha256");

-- CreateIndex
CREATE INDEX "api_token_created_at_id_idx" ON "api_token"("created_at", "id");

-- Checks
ALTER TABLE "api_token"
    ADD CONSTRAINT "api_token_name_form" CHECK ("name" ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    ADD CONSTRAINT "api_token_scopes" CHECK (cardinality("scopes") > 0),
    ADD CONSTRAINT "api_token_sha256" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "api_token_ends_later" CHECK ("expires_at" > "created_at"),
    ADD CONSTRAINT "api_token_revoked_whole" CHECK (
        ("revoked_at" IS NULL) = ("revoked_by_subject" IS NULL) AND ("revoked_at" IS NULL) = ("revoked_by_name" IS NULL));

GRANT SELECT, INSERT ON public.api_token TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (revoked_at, revoked_by_subject, revoked_by_name, last_used_at) ON public.api_token
    TO tickwatch_platform, tickwatch_worker;
