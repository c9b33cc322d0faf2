-- The outbox: requests put jobs into graphile-worker's queue by this function only, known tasks only.
-- Keep the lists equal to packages/db/src/job.repository.ts.

CREATE FUNCTION public.enqueue_job(task text, payload json, run_at timestamptz, job_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Inside this function current_user is its owner; session_user is who called.
    IF NOT (task IN ('publish', 'revertBoost')
        OR task IN ('promote', 'reconcile', 'ensureAuditPartitions')
            AND session_user IN ('tickwatch_platform', 'tickwatch_worker')) THEN
        RAISE EXCEPTION 'the task % may not be enqueued by %', task, session_user USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM graphile_worker.add_job(task, payload, run_at => run_at, job_key => job_key);
END $$;
