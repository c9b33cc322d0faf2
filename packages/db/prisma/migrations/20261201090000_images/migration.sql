-- The catalogue of golden images.

-- CreateEnum
CREATE TYPE "vulnerability_severity" AS ENUM ('critical', 'high', 'medium', 'low', 'negligible', 'unknown');

-- CreateTable
CREATE TABLE "image" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "registered_at" TIMESTAMPTZ(3) NOT NULL,
    "token_id" UUID NOT NULL,
    "token_name" TEXT NOT NULL,
    "changelog" TEXT NOT NULL,
    "manifest" TEXT NOT NULL,
    "bundle" TEXT NOT NULL,

    CONSTRAINT "image_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "image_ami" (
    "image_id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "ami_id" TEXT NOT NULL,
    "observed_at" TIMESTAMPTZ(3),
    "observed" JSONB,

    CONSTRAINT "image_ami_pkey" PRIMARY KEY ("image_id","region","architecture")
);

-- CreateTable
CREATE TABLE "image_report" (
    "image_id" UUID NOT NULL,
    "architecture" TEXT NOT NULL,
    "sbom" TEXT NOT NULL,
    "sbom_sha256" TEXT NOT NULL,
    "vulnerabilities" TEXT NOT NULL,
    "vulnerabilities_sha256" TEXT NOT NULL,
    "packages" JSONB NOT NULL,
    "scanned_at" TIMESTAMPTZ(3),
    "database_built_at" TIMESTAMPTZ(3),

    CONSTRAINT "image_report_pkey" PRIMARY KEY ("image_id","architecture")
);

-- CreateTable
CREATE TABLE "image_vulnerability" (
    "image_id" UUID NOT NULL,
    "architecture" TEXT NOT NULL,
    "vulnerability" TEXT NOT NULL,
    "package" TEXT NOT NULL,
    "package_version" TEXT NOT NULL,
    "severity" "vulnerability_severity" NOT NULL,
    "fixed_in" TEXT[],

    CONSTRAINT "image_vulnerability_pkey" PRIMARY KEY ("image_id","architecture","vulnerability","package","package_version")
);

-- CreateTable
CREATE TABLE "image_exception" (
    "id" UUID NOT NULL,
    "image_name" TEXT NOT NULL,
    "vulnerability" TEXT NOT NULL,
    "package" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "by_subject" TEXT NOT NULL,
    "by_name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by_subject" TEXT,
    "ended_by_name" TEXT,
    "ended_reason" TEXT,

    CONSTRAINT "image_exception_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "image_registered_at_id_idx" ON "image"("registered_at", "id");

-- CreateIndex
CREATE INDEX "image_token_id_idx" ON "image"("token_id");

-- CreateIndex
CREATE UNIQUE INDEX "image_name_version_key" ON "image"("name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "image_ami_region_ami_id_key" ON "image_ami"("region", "ami_id");

-- CreateIndex
CREATE INDEX "image_vulnerability_vulnerability_idx" ON "image_vulnerability"("vulnerability");

-- CreateIndex
CREATE INDEX "image_exception_image_name_created_at_idx" ON "image_exception"("image_name", "created_at");

-- AddForeignKey
ALTER TABLE "image" ADD CONSTRAINT "image_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_token"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "image_ami" ADD CONSTRAINT "image_ami_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "image_report" ADD CONSTRAINT "image_report_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "image_vulnerability" ADD CONSTRAINT "image_vulnerability_image_id_fkey" FOREIGN KEY ("image_id") REFERENCES "image"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Checks
ALTER TABLE "image"
    ADD CONSTRAINT "image_name_form" CHECK ("name" ~ '^[a-z][a-z0-9-]{0,31}$'),
    ADD CONSTRAINT "image_version_form" CHECK ("version" ~ '^[A-Za-z0-9][A-Za-z0-9.+_-]{0,62}$');
ALTER TABLE "image_ami"
    ADD CONSTRAINT "image_ami_id" CHECK ("ami_id" ~ '^ami-[0-9a-f]{8,17}$'),
    ADD CONSTRAINT "image_ami_architecture" CHECK ("architecture" IN ('x86_64', 'arm64')),
    ADD CONSTRAINT "image_ami_observed_when" CHECK ("observed" IS NULL OR "observed_at" IS NOT NULL);
ALTER TABLE "image_report"
    ADD CONSTRAINT "image_report_architecture" CHECK ("architecture" IN ('x86_64', 'arm64')),
    ADD CONSTRAINT "image_report_hashes" CHECK (
        "sbom_sha256" ~ '^[0-9a-f]{64}$' AND "vulnerabilities_sha256" ~ '^[0-9a-f]{64}$');
ALTER TABLE "image_exception"
    ADD CONSTRAINT "image_exception_ends_later" CHECK ("expires_at" > "created_at" AND "expires_at" <= "created_at" + interval '90 days'),
    ADD CONSTRAINT "image_exception_reasons" CHECK ("reason" <> '' AND "ended_reason" <> ''),
    ADD CONSTRAINT "image_exception_ended_whole" CHECK (
        ("ended_at" IS NULL) = ("ended_by_subject" IS NULL) AND ("ended_at" IS NULL) = ("ended_by_name" IS NULL)
        AND ("ended_at" IS NULL) = ("ended_reason" IS NULL));

-- Images are the platform's. What was registered stays as it is; only what EC2 says of an AMI changes, and the end of an exception.
GRANT SELECT, INSERT ON public.image, public.image_ami, public.image_report, public.image_vulnerability, public.image_exception
    TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (observed_at, observed) ON public.image_ami TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (ended_at, ended_by_subject, ended_by_name, ended_reason) ON public.image_exception
    TO tickwatch_platform, tickwatch_worker;
