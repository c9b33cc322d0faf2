-- A rollback of the fleet writes an event for each of thousands of tenants in one transaction. With a call of audit_append
-- for each, every call read past all versions of the head's row that the calls before it had left: the time was quadratic.

-- Appends events in their order, each given as canonical JSON, and returns the number and hash of the last one. The lock on
-- the head, held until the transaction ends, keeps the numbers without gaps and the chain single.
CREATE FUNCTION public.audit_append_all(bodies text[]) RETURNS TABLE (seq bigint, hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' AS $$
DECLARE
    newest record;
    body text;
    -- json, not jsonb, which refuses some strings that JSON allows.
    event json;
BEGIN
    SELECT h.seq, h.hash INTO STRICT newest FROM public.audit_head h FOR UPDATE;
    FOREACH body IN ARRAY bodies LOOP
        event := body::json;
        -- Inside this function current_user is its owner; session_user is the caller.
        IF session_user NOT IN ('tickwatch_platform', 'tickwatch_worker')
            AND (event ->> 'tenantId') IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '') THEN
            RAISE EXCEPTION 'an audit event may tell of the transaction''s own tenant only' USING ERRCODE = 'insufficient_privilege';
        END IF;
        newest.seq := newest.seq + 1;
        newest.hash := encode(sha256(convert_to(newest.hash || E'\n' || newest.seq || E'\n' || body, 'UTF8')), 'hex');
        INSERT INTO public.audit_event (seq, occurred_at, tenant_id, actor, actor_name, action, body, hash)
        VALUES (newest.seq, (event ->> 'occurredAt')::timestamptz, event ->> 'tenantId', event ->> 'actor',
            event ->> 'actorName', event ->> 'action', body, newest.hash);
    END LOOP;
    UPDATE public.audit_head h SET seq = newest.seq, hash = newest.hash;
    RETURN QUERY SELECT newest.seq, newest.hash;
END $$;

-- For an API of the release before, until it is upgraded.
CREATE OR REPLACE FUNCTION public.audit_append(body text) RETURNS TABLE (seq bigint, hash text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC'
AS $$ SELECT a.seq, a.hash FROM public.audit_append_all(ARRAY[body]) a $$;

REVOKE EXECUTE ON FUNCTION public.audit_append_all(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.audit_append_all(text[]) TO tickwatch_tenant, tickwatch_platform, tickwatch_worker;
