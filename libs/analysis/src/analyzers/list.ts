import { type Analyzer } from '../analyzer';
import { schema } from './schema';
import { virtualServiceDestinations } from './virtual-service-destinations';
import { virtualServiceGateways } from './virtual-service-gateways';
import { virtualServiceHosts } from './virtual-service-hosts';
import { virtualServiceSubsets } from './virtual-service-subsets';

/** Every analyzer. To add one, add its file and a line here. */
export const ANALYZERS: readonly Analyzer[] = [schema, virtualServiceDestinations, virtualServiceSubsets, virtualServiceGateways, virtualServiceHosts];
