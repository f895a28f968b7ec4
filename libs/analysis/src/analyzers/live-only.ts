import { type Analyzer } from '../analyzer';
import { type Code } from '../messages/messages';

/** An analyzer that only a cluster can answer: listed, so that nobody takes its silence for approval. */
function liveOnly(name: string, description: string, needs: string, codes: readonly Code[]): Analyzer {
  return { name, description, needs, codes, inputs: [], analyze: () => undefined };
}

/** What files cannot tell. Spec: analyzers.md: prechecks and several clusters. */
export const LIVE_ONLY: readonly Analyzer[] = [
  liveOnly('cluster-permissions', 'The user may create what an installation needs', "needs a cluster's access reviews", ['IST0141']),
  liveOnly('cluster-version', 'The Kubernetes version is supported', 'needs a cluster', ['IST0142']),
  liveOnly('gateway-api-version', 'The served Gateway API versions are supported', 'needs the versions a cluster serves', [
    'IST0156',
    'IST0172',
  ]),
  liveOnly('upgrade-compatibility', 'An upgrade changes nothing that is relied upon', 'needs the version upgraded from', [
    'IST0168',
    'IST0169',
  ]),
  liveOnly('multi-cluster-services', 'Services are alike in all clusters', 'needs several clusters', ['IST0170']),
];
