import { type Destination, type FieldPath, type VirtualService } from '@lateen/config';

/** One place in a VirtualService that traffic is sent or copied to. */
export interface RoutedDestination {
  readonly destination: Destination;
  /** Of the destination itself. */
  readonly path: FieldPath;
  readonly mirror: boolean;
}

/** Every destination of a VirtualService: tcp, tls, http and mirrors, in Istio's order. */
export function destinationsOf({ spec }: VirtualService): readonly RoutedDestination[] {
  const found: RoutedDestination[] = [];
  for (const protocol of ['tcp', 'tls', 'http'] as const) {
    (spec[protocol] ?? []).forEach((rule, i) => {
      (rule.route ?? []).forEach(({ destination }, j) =>
        found.push({ destination, path: ['spec', protocol, i, 'route', j, 'destination'], mirror: false }),
      );
    });
  }
  (spec.http ?? []).forEach((rule, i) => {
    if (rule.mirror !== undefined) found.push({ destination: rule.mirror, path: ['spec', 'http', i, 'mirror'], mirror: true });
    (rule.mirrors ?? []).forEach(({ destination }, j) =>
      found.push({ destination, path: ['spec', 'http', i, 'mirrors', j, 'destination'], mirror: true }),
    );
  });
  return found;
}

/** How messages name a rule: `"name"`, or `#index` from 0. */
export function ruleName(rule: { readonly name?: string } | undefined, index: number): string {
  return rule?.name === undefined || rule.name === '' ? `#${index}` : `"${rule.name}"`;
}
