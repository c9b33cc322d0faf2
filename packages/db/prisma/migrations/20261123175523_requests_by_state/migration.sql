-- Prisma's client compares an enum by a cast that is not immutable, so a partial index on it is never used.
-- Building the index holds off writes to change_request, a small table, for its few milliseconds.
DROP INDEX "change_request_pending_idx";
CREATE INDEX "change_request_state_created_at_id_idx" ON "change_request"("state", "created_at", "id");
