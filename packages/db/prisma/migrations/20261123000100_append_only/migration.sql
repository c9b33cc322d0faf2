-- History can't be rewritten, not even by the owner's slip of hand: revisions and tenant changes only learn, once, which
-- policy version carries them; audit events never change.

CREATE FUNCTION public.only_policy_version_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.policy_version IS NULL AND NEW.policy_version IS NOT NULL
        AND to_jsonb(NEW) - 'policy_version' = to_jsonb(OLD) - 'policy_version' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER quota_revision_append_only BEFORE UPDATE OR DELETE ON public.quota_revision
    FOR EACH ROW EXECUTE FUNCTION public.only_policy_version_once();
CREATE TRIGGER quota_revision_no_truncate BEFORE TRUNCATE ON public.quota_revision
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

CREATE TRIGGER tenant_change_append_only BEFORE UPDATE OR DELETE ON public.tenant_change
    FOR EACH ROW EXECUTE FUNCTION public.only_policy_version_once();
CREATE TRIGGER tenant_change_no_truncate BEFORE TRUNCATE ON public.tenant_change
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();

-- Partitions inherit the row trigger.
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON public.audit_event
    FOR EACH ROW EXECUTE FUNCTION public.append_only();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON public.audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION public.append_only();
