-- A person sends again what a receiver refused, or of which nobody knows whether it arrived.
GRANT UPDATE (state, finished_at) ON public.outbox_message TO tickwatch_platform;
GRANT UPDATE (delivered) ON public.outbox_thread TO tickwatch_platform;

-- The last delivery of each receiver, and what a person must decide: few rows of many.
CREATE INDEX "outbox_message_finished_idx" ON "outbox_message"("receiver_id", "finished_at") WHERE "finished_at" IS NOT NULL;
CREATE INDEX "outbox_message_undecided_idx" ON "outbox_message"("receiver_id", "created_at") WHERE "state" IN ('failed', 'unknown');
