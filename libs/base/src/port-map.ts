/**
 * Which loopback port stands for what when nothing captures traffic (`interceptionMode: NONE` on one host).
 * A proxy sends it in `node.metadata.LATEEN_PORTS`; translation binds its listeners there.
 */
export interface PortMap {
  /** By container port: where the sidecar listens for peers, and where the app itself listens. */
  readonly inbound: Readonly<Record<string, { readonly listen: number; readonly app: number }>>;
  /** By `host:port` of a service: the local port that reaches it. */
  readonly outbound: Readonly<Record<string, number>>;
  /** An HTTP forward proxy that reaches every service; absent when there is none. */
  readonly httpProxy?: number;
  /** By gateway server port: the local port that serves it. */
  readonly gateway?: Readonly<Record<string, number>>;
}
