import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodePeerFrame, decodePeerMetadata, encodePeerFrame, encodePeerMetadata } from './peer-metadata';

const metadata = {
  NAME: 'reviews-v1-0',
  NAMESPACE: 'default',
  WORKLOAD_NAME: 'reviews-v1',
  CLUSTER_ID: 'Kubernetes',
  LABELS: { app: 'reviews', version: 'v1', secret: 'x', 'service.istio.io/canonical-name': 'reviews' },
  ANNOTATIONS: { a: 'b' },
};
const want = {
  workload: 'reviews-v1',
  namespace: 'default',
  canonicalService: 'reviews',
  canonicalRevision: 'v1',
  app: 'reviews',
  version: 'v1',
  cluster: 'Kubernetes',
};

describe('peer metadata', () => {
  it('survives the header', () => expect(decodePeerMetadata(encodePeerMetadata(metadata))).toEqual(want));
  it('tells peers nothing but identity', () =>
    expect(Buffer.from(encodePeerMetadata(metadata), 'base64').toString('latin1')).not.toMatch(/secret|ANNOTATIONS/));
  it('survives the TCP frame', () => {
    const frame = encodePeerFrame(metadata, 'sidecar~x');
    expect(decodePeerFrame(Buffer.concat([frame, Buffer.from('data')]))).toEqual({ kind: 'frame', length: frame.length, labels: want });
    expect([decodePeerFrame(frame.subarray(0, 3)), decodePeerFrame(frame.subarray(0, 20))]).toEqual([
      { kind: 'partial' },
      { kind: 'partial' },
    ]);
  });
  it('takes other first bytes for the application', () => expect(decodePeerFrame(Buffer.from('GET / HTTP/1.1'))).toEqual({ kind: 'none' }));
  it('never throws on what a peer sends', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodePeerMetadata(Buffer.from(bytes).toString('base64'))));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        (bytes) => void decodePeerFrame(Buffer.concat([Buffer.from([0x3d, 0x23, 0x04, 0x67, 0, 0, 0, bytes.length]), bytes])),
      ),
    );
  });
});
