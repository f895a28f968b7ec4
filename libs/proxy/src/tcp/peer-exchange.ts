import { decodePeerFrame, type PeerLabels } from '@lateen/telemetry';

/** ALPN under which both ends of a TCP connection tell who they are before the application's bytes. Spec: Istio `metadata_exchange`. */
export const PEER_EXCHANGE = 'istio-peer-exchange';

/** Takes the peer's frame off the first bytes of a connection, however they are cut. */
export class FrameReader {
  private seen: Buffer = Buffer.alloc(0);

  /** What the frame said (nothing when there was none) and the bytes after it; undefined while more are needed. */
  read(bytes: Buffer): { readonly labels: PeerLabels | undefined; readonly rest: Buffer } | undefined {
    this.seen = Buffer.concat([this.seen, bytes]);
    const frame = decodePeerFrame(this.seen);
    switch (frame.kind) {
      case 'partial':
        return undefined;
      case 'none':
        return { labels: undefined, rest: this.seen };
      case 'frame':
        return { labels: frame.labels, rest: this.seen.subarray(frame.length) };
    }
  }
}
