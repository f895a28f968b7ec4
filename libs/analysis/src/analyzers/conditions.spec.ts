import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { readConfiguration } from '../read/read-configuration';
import { summary } from '../testing/index';

const SPECS: Readonly<Record<string, string>> = {
  Service: 'apiVersion: v1\nkind: Service\nspec: {ports: [{name: http, port: 80}]}',
  AuthorizationPolicy: 'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: {}',
  Gateway:
    'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}',
  HTTPRoute: 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: {}',
  IstioGateway:
    'apiVersion: networking.istio.io/v1\nkind: Gateway\nspec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}',
};

function findings(kind: string, status: string): readonly string[] {
  const text = `${SPECS[kind] ?? ''}\nmetadata: {name: a, namespace: b}\nstatus: ${status}\n`;
  const { resources, parseErrors } = readConfiguration([{ name: 'a.yaml', text }]);
  expect(parseErrors).toEqual([]);
  return analyze(indexConfiguration(resources), { analyzers: ['conditions'] }).findings.map(summary);
}

const condition = (type: string, status: string, reason = 'R'): string =>
  `{type: ${type}, status: "${status}", reason: ${reason}, message: m}`;

describe('conditions', () => {
  const cases: readonly { name: string; kind: string; status: string; want: readonly string[] }[] = [
    { name: 'an empty status', kind: 'Service', status: '{}', want: [] },
    {
      name: 'a Service that no waypoint takes',
      kind: 'Service',
      status: `{conditions: [${condition('istio.io/WaypointBound', 'False')}]}`,
      want: ['IST0171 Service b/a status.conditions[0]: istio.io/WaypointBound, R, m'],
    },
    {
      name: 'one that a waypoint takes',
      kind: 'Service',
      status: `{conditions: [${condition('istio.io/WaypointBound', 'True')}]}`,
      want: [],
    },
    { name: 'conditions of others', kind: 'Service', status: `{conditions: [${condition('Ready', 'False')}]}`, want: [] },
    {
      name: 'a policy that is in effect in part',
      kind: 'AuthorizationPolicy',
      status: `{conditions: [${condition('WaypointAccepted', 'True', 'PartiallyInvalid')}]}`,
      want: ['IST0171 AuthorizationPolicy b/a status.conditions[0]: WaypointAccepted, PartiallyInvalid, m'],
    },
    {
      name: 'a gateway that is not programmed',
      kind: 'Gateway',
      status: `{conditions: [${condition('Accepted', 'True')}, ${condition('Programmed', 'False')}], listeners: [{conditions: [${condition('Accepted', 'False')}]}]}`,
      want: ['IST0171 Gateway b/a status.conditions[1]: Programmed, R, m'],
    },
    {
      name: 'a route whose second parent refuses it',
      kind: 'HTTPRoute',
      status: `{parents: [{conditions: [${condition('Accepted', 'True')}]}, {conditions: [${condition('Accepted', 'False')}]}]}`,
      want: ['IST0171 HTTPRoute b/a status.parents[1].conditions[0]: Accepted, R, m'],
    },
    { name: "a Gateway of Istio's", kind: 'IstioGateway', status: `{conditions: [${condition('Programmed', 'False')}]}`, want: [] },
  ];
  it.each(cases)('$name', ({ kind, status, want }) => expect(findings(kind, status)).toEqual(want));
});
