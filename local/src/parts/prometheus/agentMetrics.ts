const gauge = (name: string, help: string) => ({ name, help, type: 'gauge', labelNames: [] })

/** What docs/metrics.md says of the agent, which writes these of each process that it scrapes. @public */
export const exportedMetrics = () => ({
  by: 'agent',
  metrics: [
    gauge('up', '1 if the last scrape of the process succeeded, 0 if it failed.'),
    gauge('scrape_duration_seconds', 'Time of the last scrape.'),
    gauge('scrape_samples_scraped', 'Samples that the process exported at the last scrape.'),
    gauge('scrape_samples_post_metric_relabeling', 'Those of them that the agent kept.'),
    gauge('scrape_series_added', 'About how many series were new at the last scrape.'),
  ],
})
