const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 };

/**
 * Parses a duration as Istio's YAML writes it (`1.5s`, `1h30m`, `100ms`) into milliseconds; undefined when malformed.
 * Spec: protobuf JSON mapping of Duration, widened to Go's time.ParseDuration as Istio's own parser is.
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[-+]?(\d+(\.\d*)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) total += Number(value) * (UNIT_MS[unit ?? ''] ?? 0);
  return text.startsWith('-') ? -total : total;
}
