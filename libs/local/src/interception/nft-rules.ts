/** What the capture rules of one workload depend on. */
export interface RuleInputs {
  /** The pod's address, from which its proxy dials: traffic from here is let through. */
  readonly podAddress: string;
  /** The mesh's own address on the bridge: control plane traffic is never captured. */
  readonly switchAddress: string;
  /** The name server written into the app's resolv.conf. */
  readonly dnsAddress: string;
  readonly outboundPort: number;
  readonly inboundPort: number;
  readonly dnsPort: number;
  /** Ports of the proxy and its agent that peers reach directly. */
  readonly directPorts: readonly number[];
}

/**
 * The nft rules that send a workload's traffic through its proxy, as one atomic load. The proxy is told from the app by
 * its source address, so no second user id is needed: apps get another source address from the routing table.
 * Spec: Istio's ISTIO_INBOUND, ISTIO_OUTPUT and ISTIO_REDIRECT chains.
 */
export function captureRules(r: RuleInputs): string {
  return `table ip lateen {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    tcp dport { ${r.directPorts.join(', ')} } return
    meta l4proto tcp redirect to :${r.inboundPort}
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ip saddr != ${r.podAddress} ip daddr ${r.dnsAddress} udp dport 53 redirect to :${r.dnsPort}
    ip saddr != ${r.podAddress} ip daddr ${r.dnsAddress} tcp dport 53 redirect to :${r.dnsPort}
    meta l4proto != tcp return
    oifname "lo" ip saddr 127.0.0.6 return
    oifname "lo" ip saddr ${r.podAddress} ip daddr != 127.0.0.1 tcp dport != { 53, 15008 } redirect to :${r.inboundPort}
    oifname "lo" return
    ip saddr ${r.podAddress} return
    ip daddr ${r.switchAddress} return
    meta l4proto tcp redirect to :${r.outboundPort}
  }
}
`;
}
