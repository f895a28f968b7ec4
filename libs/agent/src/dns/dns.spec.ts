import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { create } from '@bufbuild/protobuf';
import packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@lateen/base';
import { NameTableSchema } from '@lateen/xds/gen/istio/nds_pb';
import { type DnsServer, startDnsServer } from './dns-server';
import { indexNames } from './name-index';

const table = create(NameTableSchema, {
  table: {
    'reviews.default.svc.cluster.local': { ips: ['10.96.0.12'], registry: 'Kubernetes', shortname: 'reviews', namespace: 'default' },
    'cart.shop.svc.cluster.local': { ips: ['10.96.0.20'], registry: 'Kubernetes', shortname: 'cart', namespace: 'shop' },
    'api.example.com': { ips: ['240.240.0.1', '2001:2::1'], registry: 'External' },
    '*.example.org': { ips: ['240.240.0.2'], registry: 'External' },
  },
});

describe('indexNames', () => {
  const index = indexNames(table, 'default');
  const cases: readonly { name: string; asked: string; want: readonly string[] | undefined }[] = [
    { name: 'a host in full', asked: 'reviews.default.svc.cluster.local', want: ['10.96.0.12'] },
    { name: 'any case and a final dot', asked: 'Reviews.Default.svc.CLUSTER.local.', want: ['10.96.0.12'] },
    { name: 'the bare name from its own namespace', asked: 'reviews', want: ['10.96.0.12'] },
    { name: 'no bare name from another namespace', asked: 'cart', want: undefined },
    { name: 'the name with its namespace', asked: 'cart.shop', want: ['10.96.0.20'] },
    { name: 'the name with namespace and svc', asked: 'cart.shop.svc', want: ['10.96.0.20'] },
    { name: 'a name under a wildcard, at any depth', asked: 'a.b.example.org', want: ['240.240.0.2'] },
    { name: 'not the wildcard parent itself', asked: 'example.org', want: undefined },
    { name: 'nothing for a stranger', asked: 'example.net', want: undefined },
  ];
  it.each(cases)('knows $name', ({ asked, want }) => expect(index.lookup(asked)).toEqual(want));
});

describe('the DNS server', () => {
  let server: DnsServer;
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  beforeAll(async () => {
    server = await startDnsServer({ port: 0, nameservers: [], logger: silentLogger });
    server.use(indexNames(table, 'default'));
    resolver.setServers([`127.0.0.1:${server.port}`]);
  });
  afterAll(() => server.stop());

  it('answers A', async () => expect(await resolver.resolve4('reviews.default.svc.cluster.local')).toEqual(['10.96.0.12']));
  it('answers AAAA', async () => expect(await resolver.resolve6('api.example.com')).toEqual(['2001:2::1']));
  it('says that a known name has no address of the family', async () =>
    expect(resolver.resolve6('reviews')).rejects.toMatchObject({ code: 'ENODATA' }));
  it('says that an unknown name does not exist when there is nobody to ask', async () =>
    expect(resolver.resolve4('nowhere.test')).rejects.toMatchObject({ code: 'ENOTFOUND' }));

  it('answers over TCP, a query split anywhere', async () => {
    const query = packet.streamEncode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'cart.shop' }] });
    const socket = connect(server.port, '127.0.0.1');
    for (const byte of query) socket.write(Buffer.of(byte));
    const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(packet.streamDecode(reply).answers).toEqual([expect.objectContaining({ name: 'cart.shop', data: '10.96.0.20' })]);
  });

  it('survives bytes that are no query', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0, 3, 255, 255, 255, 255, 255]));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await resolver.resolve4('cart.shop')).toEqual(['10.96.0.20']);
  });
});
