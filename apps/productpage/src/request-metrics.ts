/** Counts the outcomes of calls to backends, for Prometheus. */
export class RequestMetrics {
  readonly #counts = new Map<string, number>();

  /** `status` is what the page made of the call: the backend's, or 500 when there was no answer. */
  count(destinationApp: string, status: number): void {
    const labels = `destination_app="${destinationApp}",response_code="${status}"`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
  }

  /** Spec: Prometheus text format 0.0.4. */
  render(): string {
    const samples = [...this.#counts].map(([labels, count]) => `request_result{${labels}} ${count}\n`);
    return `# HELP request_result Results of requests to backends\n# TYPE request_result counter\n${samples.join('')}`;
  }
}
