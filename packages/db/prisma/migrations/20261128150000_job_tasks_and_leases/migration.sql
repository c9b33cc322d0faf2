-- Which roles may enqueue a task. `migrate` fills it from src/jobTasks.ts; only enqueue_job reads it.
CREATE TABLE "job_task" (
    "task" TEXT NOT NULL,
    "roles" TEXT[] NOT NULL,

    CONSTRAINT "job_task_pkey" PRIMARY KEY ("task")
);

-- What requests may enqueue until `migrate` has copied the list, a moment after this.
INSERT INTO job_task VALUES
    ('publish', '{tickwatch_tenant,tickwatch_platform,tickwatch_worker}'),
    ('revertBoost', '{tickwatch_tenant,tickwatch_platform,tickwatch_worker}'),
    ('promote', '{tickwatch_platform,tickwatch_worker}');

CREATE OR REPLACE FUNCTION public.enqueue_job(task text, payload json, run_at timestamptz, job_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed text[];
BEGIN
    SELECT roles INTO allowed FROM public.job_task WHERE job_task.task = enqueue_job.task;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no task %: job_task has no row for it', task USING ERRCODE = 'undefined_object';
    END IF;
    -- Inside this function current_user is its owner; session_user is the role that called it.
    IF NOT session_user = ANY (allowed) THEN
        RAISE EXCEPTION 'the task % may not be enqueued by %', task, session_user USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM graphile_worker.add_job(task, payload, run_at => run_at, job_key => job_key);
END $$;

-- Work that only one process may do at a time, and until when it is one's own. A row stays, so that `fencing` only grows.
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "fencing" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

GRANT SELECT, INSERT, UPDATE (holder, fencing, expires_at) ON public.lease TO tickwatch_worker;
