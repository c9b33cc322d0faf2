-- A ring that was named by mistake never gets a version. The worker removes its waves when the list no longer names it.
GRANT DELETE ON public.policy_version_wave TO tickwatch_worker;
