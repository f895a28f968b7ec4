import { defineAnalyzer } from '../analyzer';
import { asList } from '../configuration/raw';
import { statusOf } from '../configuration/status';

/**
 * TCP ports of a ServiceEntry are told apart by address.
 * Spec: IST0134. Resolution and location do not matter; addresses that a cluster has allocated stand in the status.
 */
export const serviceEntryAddresses = defineAnalyzer({
  name: 'service-entry-addresses',
  description: 'ServiceEntries with TCP ports have addresses',
  inputs: ['ServiceEntry', 'ConfigMap'],
  codes: ['IST0134'],
  analyze(configuration, report) {
    const metadata = configuration.meshConfig.defaultConfig?.proxyMetadata ?? {};
    const allocated = metadata['ISTIO_META_DNS_AUTO_ALLOCATE'] === 'true' || metadata['PILOT_ENABLE_IP_AUTOALLOCATE'] === 'true';
    if (metadata['ISTIO_META_DNS_CAPTURE'] === 'true' && allocated) return;
    for (const entry of configuration.of('ServiceEntry')) {
      if (entry.spec.addresses !== undefined || asList(statusOf(entry)['addresses']).length > 0) continue;
      (entry.spec.ports ?? []).forEach(({ protocol = '' }, i) => {
        if (protocol === '' || protocol.toUpperCase() === 'TCP') report('IST0134', entry, { params: [], at: ['spec', 'ports', i, 'name'] });
      });
    }
  },
});
