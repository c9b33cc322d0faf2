-- Who may do what. Row-level security is on and forced for every table with a tenant's rows; the platform's requests and the
-- workers are roles of their own, never a setting that a tenant's request could change. src/catalog.int.test.ts holds
-- the exact list.

-- The tenant of a tenant's transaction. After a local setting the value is '' instead of NULL.
CREATE FUNCTION public.app_tenant() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('app.tenant_id', true), '') $$;

-- Nothing for everyone
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO tickwatch_tenant, tickwatch_platform, tickwatch_worker;
GRANT EXECUTE ON FUNCTION public.app_tenant() TO tickwatch_tenant;
GRANT EXECUTE ON FUNCTION public.audit_append(text), public.enqueue_job(text, json, timestamptz, text)
    TO tickwatch_tenant, tickwatch_platform, tickwatch_worker;
GRANT EXECUTE ON FUNCTION public.ensure_audit_partitions(int) TO tickwatch_worker;

-- Tenants' requests
GRANT SELECT ON public.tenant, public.platform_defaults, public.tenant_quota, public.quota_revision, public.boost,
    public.change_request, public.gateway_tenant, public.attestation, public.audit_event TO tickwatch_tenant;
GRANT UPDATE (revision, limits) ON public.tenant_quota TO tickwatch_tenant;
GRANT INSERT ON public.quota_revision, public.boost, public.change_request TO tickwatch_tenant;
GRANT UPDATE (state, decided_by_subject, decided_by_name, decided_at, decision_reason) ON public.change_request
    TO tickwatch_tenant;
-- How a policy version spreads is theirs to see; other tenants' figures, causes and reasons in it are not.
GRANT SELECT (id, ring, heartbeat_at, applied_version, applied_sha256, refused_version, refused_at) ON public.gateway
    TO tickwatch_tenant;
GRANT SELECT (version, sha256, state, created_at, saved_at, canary_published_at, canary_enforced_at, fleet_published_at,
    enforced_at, held) ON public.policy_version TO tickwatch_tenant;
GRANT SELECT (ring, desired_version, desired_sha256, published_at) ON public.ring_state TO tickwatch_tenant;

-- The platform's requests, and workers alike
GRANT SELECT ON public.tenant, public.platform_defaults, public.tenant_change, public.role_grant, public.tenant_quota,
    public.quota_revision, public.boost, public.change_request, public.gateway, public.gateway_tenant,
    public.attestation, public.policy_version, public.ring_state, public.audit_event, public.audit_head
    TO tickwatch_platform, tickwatch_worker;
GRANT INSERT ON public.tenant, public.tenant_change, public.role_grant, public.tenant_quota, public.quota_revision,
    public.boost, public.gateway, public.gateway_tenant, public.attestation TO tickwatch_platform, tickwatch_worker;
GRANT USAGE ON SEQUENCE public.tenant_change_id_seq TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (name, plan, status, envelope) ON public.tenant TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (limits) ON public.platform_defaults TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (revision, limits) ON public.tenant_quota TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE (state, decided_by_subject, decided_by_name, decided_at, decision_reason, applied_revision)
    ON public.change_request TO tickwatch_platform, tickwatch_worker;
GRANT UPDATE ON public.gateway, public.gateway_tenant TO tickwatch_platform, tickwatch_worker;
GRANT DELETE ON public.role_grant, public.gateway_tenant TO tickwatch_platform, tickwatch_worker;

-- What only workers do
GRANT INSERT ON public.policy_version, public.ring_state TO tickwatch_worker;
GRANT USAGE ON SEQUENCE public.policy_version_version_seq TO tickwatch_worker;
GRANT UPDATE (state, canary_published_at, canary_enforced_at, fleet_published_at, enforced_at, held)
    ON public.policy_version TO tickwatch_worker;
GRANT UPDATE (desired_version, desired_sha256, manifest, published_at, parameter_version, last_good_version)
    ON public.ring_state TO tickwatch_worker;
GRANT UPDATE (policy_version) ON public.quota_revision, public.tenant_change TO tickwatch_worker;
GRANT UPDATE (ended_at) ON public.boost TO tickwatch_worker;

-- Row-level security. The subselect lets Postgres ask for the tenant once a statement instead of once a row.
ALTER TABLE public.tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tenant_quota ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tenant_quota FORCE ROW LEVEL SECURITY;
ALTER TABLE public.quota_revision ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quota_revision FORCE ROW LEVEL SECURITY;
ALTER TABLE public.boost ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.boost FORCE ROW LEVEL SECURITY;
ALTER TABLE public.change_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.change_request FORCE ROW LEVEL SECURITY;
ALTER TABLE public.gateway_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.gateway_tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_event FORCE ROW LEVEL SECURITY;
ALTER TABLE public.role_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.role_grant FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tenant_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tenant_change FORCE ROW LEVEL SECURITY;

CREATE POLICY platform ON public.tenant TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.tenant_quota TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.quota_revision TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.boost TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.change_request TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.gateway_tenant TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.audit_event TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.role_grant TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);
CREATE POLICY platform ON public.tenant_change TO tickwatch_platform, tickwatch_worker USING (true) WITH CHECK (true);

CREATE POLICY own_read ON public.tenant FOR SELECT TO tickwatch_tenant USING (id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.tenant_quota FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.quota_revision FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.boost FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.change_request FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.gateway_tenant FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_read ON public.audit_event FOR SELECT TO tickwatch_tenant USING (tenant_id = (SELECT public.app_tenant()));
CREATE POLICY own_update ON public.tenant_quota FOR UPDATE TO tickwatch_tenant
    USING (tenant_id = (SELECT public.app_tenant())) WITH CHECK (tenant_id = (SELECT public.app_tenant()));
-- A tenant's revision is one within its envelope: what was approved, and what ends a boost, others write.
CREATE POLICY own_append ON public.quota_revision FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND approved_by_subject IS NULL AND change_request_id IS NULL
        AND reverts_revision IS NULL AND policy_version IS NULL);
CREATE POLICY own_append ON public.boost FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND ended_at IS NULL);
CREATE POLICY own_request ON public.change_request FOR INSERT TO tickwatch_tenant
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND state = 'pending');
CREATE POLICY own_withdraw ON public.change_request FOR UPDATE TO tickwatch_tenant
    USING (tenant_id = (SELECT public.app_tenant()) AND state = 'pending')
    WITH CHECK (tenant_id = (SELECT public.app_tenant()) AND state IN ('withdrawn', 'outdated'));

-- audit_append runs as the owner, whom the forced policies bind too.
CREATE POLICY append ON public.audit_event FOR INSERT TO tickwatch_owner WITH CHECK (true);
