import { create } from '@bufbuild/protobuf';
import {
  type ListenerFilter,
  type ListenerFilterChainMatchPredicate,
  ListenerFilterChainMatchPredicateSchema,
  ListenerFilterSchema,
} from '@lateen/xds/gen/envoy/config/listener/v3/listener_components_pb';
import { HttpInspectorSchema } from '@lateen/xds/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb';
import { OriginalDstSchema } from '@lateen/xds/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { TlsInspectorSchema } from '@lateen/xds/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { extension } from './envoy';

/** Bytes the TLS inspector reads at first: most client hellos fit, and it grows when one does not. */
const TLS_INSPECTOR_BYTES = 512;

/** Restores the destination that interception rewrote. */
export const ORIGINAL_DST: ListenerFilter = create(
  ListenerFilterSchema,
  extension('envoy.filters.listener.original_dst', OriginalDstSchema),
);

/**
 * Tells TLS from plaintext and reads SNI and ALPN.
 * @param disabledPorts destination ports it leaves alone.
 */
export function tlsInspector(disabledPorts: readonly number[] = []): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...extension('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {
      initialReadBufferSize: TLS_INSPECTOR_BYTES,
    }),
    filterDisabled: onPorts(disabledPorts),
  });
}

/**
 * Tells HTTP/1 and HTTP/2 from other plaintext.
 * @param disabledPorts destination ports it leaves alone.
 */
export function httpInspector(disabledPorts: readonly number[] = []): ListenerFilter {
  return create(ListenerFilterSchema, {
    ...extension('envoy.filters.listener.http_inspector', HttpInspectorSchema),
    filterDisabled: onPorts(disabledPorts),
  });
}

/** Holds on any of the ports, in ascending order; undefined, and so never, without any. */
function onPorts(ports: readonly number[]): ListenerFilterChainMatchPredicate | undefined {
  const rules = [...new Set(ports)]
    .sort((a, b) => a - b)
    .map((port) =>
      create(ListenerFilterChainMatchPredicateSchema, {
        // Envoy's range excludes its end.
        rule: { case: 'destinationPortRange', value: { start: port, end: port + 1 } },
      }),
    );
  if (rules.length < 2) return rules[0];
  return create(ListenerFilterChainMatchPredicateSchema, { rule: { case: 'orMatch', value: { rules } } });
}
