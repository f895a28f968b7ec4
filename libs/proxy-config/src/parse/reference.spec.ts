import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry, type DescMessage, fromBinary, fromJson, type JsonValue, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { files } from '@lateen/xds/gen/files';
import { parse as parseYaml } from 'yaml';
import { parseCluster } from './cluster';
import { parseListener } from './listener';
import { parseLoadAssignment } from './load-assignment';
import { type ParseResult } from './result';
import { parseRouteConfiguration } from './route-configuration';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const reference = process.env['LATEEN_REFERENCE'] ?? join(root, '../shared/reference');
const istiod = join(reference, 'istiod');
const registry = createRegistry(...files);

/** The proxies whose configuration Istio's Pilot made, in the cases this proxy must load. */
const proxies = proxiesOf(['01-plain', '02-http-routes', '03-destination-rules', '04-peer-authentication', '05-gateway']);

/** Those that ask for more than is built, and are accepted all the same. 10-telemetry has tracers whose types are not generated. */
const later = proxiesOf([
  '06-service-entries',
  '07-sidecars',
  '08-tcp-and-tls-routes',
  '09-authorization',
  '11-envoy-filters',
  '12-locality',
  '13-gateway-api',
]);

function proxiesOf(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    existsSync(join(istiod, folder))
      ? readdirSync(join(istiod, folder))
          .filter((file) => file.endsWith('.yaml') && file !== 'input.yaml')
          .map((file) => `${folder}/${file}`)
      : [],
  );
}

type Dump = Readonly<Record<'listeners' | 'routes' | 'clusters' | 'endpoints', readonly JsonValue[]>>;

/** What is rejected, and what is accepted with a note, of some resources as they come over the wire. */
function load<Desc extends DescMessage>(
  schema: Desc,
  resources: readonly JsonValue[],
  parse: (message: MessageShape<Desc>) => ParseResult<unknown>,
): { rejected: readonly string[]; notes: readonly string[] } {
  const results = resources.map((json) => parse(fromBinary(schema, toBinary(schema, fromJson(schema, json, { registry })))));
  return {
    rejected: results.flatMap((result) => (result.ok ? [] : [result.reason])),
    notes: results.flatMap((result) => (result.ok ? result.notes.map(({ effect, reason }) => `${effect}: ${reason}`) : [])),
  };
}

/** Every resource of one proxy. */
function loadAll(file: string): readonly ReturnType<typeof load>[] {
  const dump = parseYaml(readFileSync(join(istiod, file), 'utf8')) as Dump;
  return [
    load(ListenerSchema, dump.listeners ?? [], parseListener),
    load(RouteConfigurationSchema, dump.routes ?? [], parseRouteConfiguration),
    load(ClusterSchema, dump.clusters ?? [], parseCluster),
    load(ClusterLoadAssignmentSchema, dump.endpoints ?? [], parseLoadAssignment),
  ];
}

const when = existsSync(istiod) ? describe : describe.skip;

when(`resources of Istio's Pilot, from ${istiod}`, () => {
  it.each(proxies)('%s loads with no NACK', (file) => {
    const loaded = loadAll(file);
    expect(loaded.flatMap(({ rejected }) => rejected)).toEqual([]);
    const notes = new Set(loaded.flatMap((l) => l.notes));
    notes.delete('ignored: envoy.filters.network.mongo_proxy only observes, and is left out');
    expect([...notes]).toEqual([]);
  });

  it.each(later)('%s loads with no NACK, though not all of it is in effect', (file) =>
    expect(loadAll(file).flatMap(({ rejected }) => rejected)).toEqual([]),
  );

  it('that authorize deny while authorization is not built', () => {
    const denied = later
      .filter((file) => file.startsWith('09-'))
      .flatMap((file) => loadAll(file).flatMap(({ notes }) => notes.filter((note) => note.startsWith('denies'))));
    expect([...new Set(denied)].sort()).toEqual([
      'denies: envoy.filters.http.ext_authz would protect and is not built',
      'denies: envoy.filters.http.jwt_authn would protect and is not built',
      'denies: envoy.filters.http.rbac would protect and is not built',
      'denies: envoy.filters.network.ext_authz would protect and is not built',
      'denies: envoy.filters.network.rbac would protect and is not built',
    ]);
  });
});

// A suite with its tests in a table needs one to be skipped by.
if (!existsSync(istiod)) it.skip(`resources of Istio's Pilot: none at ${istiod}`, () => undefined);
