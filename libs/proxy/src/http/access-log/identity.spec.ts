import { afterEach, describe, expect, it } from '@jest/globals';
import { forwardTo, get, MemoryLog, ok, route, Wire } from '../../testing';

const wire = new Wire();
afterEach(() => wire.stop());

const VIRTUAL_SERVICE = '/apis/networking.istio.io/v1/namespaces/default/virtual-service/b';
const SERVICE = { host: 'b.default.svc.cluster.local', name: 'b', namespace: 'default' };

describe('what the access log says of a stream besides what was sent', () => {
  it('is its connection, its request ID, and what Istio says of its route and cluster', async () => {
    const log = new MemoryLog();
    const { port: backend } = await wire.backend(ok());
    const format =
      '%REQ(:PATH)% %CONNECTION_ID% %STREAM_ID% %METADATA(ROUTE:istio:config)% %METADATA(CLUSTER:istio:subset)% %METADATA(CLUSTER:istio:services)%\n';
    const { port } = await wire.proxyTo(
      [backend],
      [route('/of', forwardTo('backend'), { istioConfig: VIRTUAL_SERVICE }), route('/', forwardTo('backend'))],
      {
        cluster: { metadata: { services: [SERVICE], subset: 'v1', alpnOverride: true, external: false } },
        manager: { accessLogs: [{ path: 'memory', format: { kind: 'text', format } }] },
        dataPlane: { accessLogger: log.logger },
      },
    );
    const client = await wire.connect(port);
    for (const path of ['/of', '/other']) {
      client.send(get(path, `x-request-id: id-of-${path}\r\n`));
      await client.response();
    }
    await wire.request(port, get('/none'));
    const lines = log.lines().map((line) => line.split(' '));
    const [first, second, third] = lines.map(([, connection]) => Number(connection));
    expect(first).toBeGreaterThan(0);
    expect([second, third]).toEqual([first, (first ?? 0) + 1]);
    const cluster = ['v1', JSON.stringify([SERVICE])];
    expect(lines.map(([path, , id, ...rest]) => [path, path === '/none' ? '' : id, ...rest])).toEqual([
      ['/of', 'id-of-/of', VIRTUAL_SERVICE, ...cluster],
      ['/other', 'id-of-/other', '-', ...cluster],
      ['/none', '', '-', ...cluster],
    ]);
  });
});
