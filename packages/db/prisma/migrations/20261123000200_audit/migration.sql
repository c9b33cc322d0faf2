-- The audit chain: partitions by month in a schema that no role but the owner may enter, and the one way to append.

CREATE SCHEMA audit_partitions;
-- The net for events whose month has no partition.
CREATE TABLE audit_partitions.audit_event_default PARTITION OF public.audit_event DEFAULT;

-- Makes the partitions of this month and of the next ones, and answers how many it made. A month that has events in the
-- default partition already stays there. Each is filled in beside and attached, which keeps readers and writers going.
CREATE FUNCTION public.ensure_audit_partitions(months int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
DECLARE
    made int := 0;
    first timestamptz;
    past timestamptz;
    name text;
BEGIN
    FOR i IN 0..months LOOP
        first := date_trunc('month', now()) + make_interval(months => i);
        past := first + interval '1 month';
        name := 'audit_event_' || to_char(first, 'YYYY_MM');
        CONTINUE WHEN to_regclass('audit_partitions.' || quote_ident(name)) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM audit_partitions.audit_event_default e WHERE e.occurred_at >= first AND e.occurred_at < past);
        EXECUTE format('CREATE TABLE audit_partitions.%I (LIKE public.audit_event INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION audit_partitions.%I FOR VALUES FROM (%L) TO (%L)',
            name, first, past);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Appends one event, given as canonical JSON, and answers its number and hash. The lock on the head, kept until the
-- transaction ends, is what makes the numbers gapless and the chain single.
CREATE FUNCTION public.audit_append(body text) RETURNS TABLE (seq bigint, hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
DECLARE
    -- json, not jsonb, which refuses some strings that JSON allows.
    event json := body::json;
    previous record;
    next_seq bigint;
    next_hash text;
BEGIN
    -- Inside this function current_user is its owner; session_user is who called.
    IF session_user NOT IN ('tickwatch_platform', 'tickwatch_worker')
        AND (event ->> 'tenantId') IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '') THEN
        RAISE EXCEPTION 'an audit event may tell of the transaction''s own tenant only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT h.seq, h.hash INTO STRICT previous FROM public.audit_head h FOR UPDATE;
    next_seq := previous.seq + 1;
    next_hash := encode(sha256(convert_to(previous.hash || E'\n' || next_seq || E'\n' || body, 'UTF8')), 'hex');
    INSERT INTO public.audit_event (seq, occurred_at, tenant_id, actor, actor_name, action, body, hash)
    VALUES (next_seq, (event ->> 'occurredAt')::timestamptz, event ->> 'tenantId', event ->> 'actor',
        event ->> 'actorName', event ->> 'action', body, next_hash);
    UPDATE public.audit_head h SET seq = next_seq, hash = next_hash;
    RETURN QUERY SELECT next_seq, next_hash;
END $$;
