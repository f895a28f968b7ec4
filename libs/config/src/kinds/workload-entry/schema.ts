/** A WorkloadEntry has the fields of a ServiceEntry's endpoint; both are defined there. */
export { type WorkloadEntrySpec, workloadEntrySpec } from '../service-entry/schema';
