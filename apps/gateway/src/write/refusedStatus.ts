/**
 * The `User-Agent` of Prometheus, and of the distributions of the OpenTelemetry Collector: their description and version, as in
 * `opentelemetry-collector-contrib/0.165.0`. One that somebody built may have no description.
 */
const dropsAfter429 = /^(prometheus)?\/|otel|opentelemetry|collector/i

/**
 * The status for a request that would get a 429. With their default settings Prometheus and the Collector drop a request
 * after a 429, which remote write allows, and retry after each 5xx, which it demands. So they get 529, as from Mimir with
 * `service_overload_status_code_on_rate_limit_enabled`. A wrong `User-Agent` harms only its own sender.
 */
export const refusedStatus = (userAgent: string | undefined): 429 | 529 =>
  dropsAfter429.test(userAgent ?? '') ? 529 : 429
