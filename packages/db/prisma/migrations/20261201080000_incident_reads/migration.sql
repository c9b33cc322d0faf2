-- What pages read of incidents and alerts. The indexes hold off writes of their tables while they are built: some milliseconds.

-- The incidents on the page of an SLO.
-- CreateIndex
CREATE INDEX "incident_slo_opened_at_idx" ON "incident"("slo", "opened_at");

-- The last alerts, on which a route is tried.
CREATE INDEX "alert_receipt_fired_received_at_idx" ON "alert_receipt"("received_at") WHERE "status" = 'firing';
