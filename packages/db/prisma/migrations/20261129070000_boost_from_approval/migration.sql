-- A boost of some hours lasts that long from its approval, however long the request waited.
ALTER TABLE "change_request" ADD COLUMN "boost_seconds" INTEGER;

ALTER TABLE "change_request"
    ADD CONSTRAINT "change_request_boost_seconds" CHECK ("boost_seconds" > 0),
    ADD CONSTRAINT "change_request_one_end" CHECK ("boost_seconds" IS NULL OR "ends_at" IS NULL);
