import { type KindCase, testKind } from '../../testing/kind-table';
import { selectorCases } from '../../testing/target-cases';

const selector = { matchLabels: { app: 'reviews' } };
const cases: readonly KindCase[] = [
  { name: 'an empty one', spec: {} },
  { name: 'strict', spec: { mtls: { mode: 'STRICT' } } },
  { name: 'an unknown mode', spec: { mtls: { mode: 'STRONG' } }, want: ['error unknown_value spec.mtls.mode'] },
  { name: 'by port', spec: { selector, portLevelMtls: { 8080: { mode: 'DISABLE' } } } },
  {
    name: 'by port without a selector',
    spec: { portLevelMtls: { 8080: { mode: 'DISABLE' } } },
    want: ['error required_field spec.selector'],
  },
  {
    name: 'by port with an empty selector',
    spec: { selector: {}, portLevelMtls: { 80: {} } },
    want: ['warning ineffective_selector spec.selector.matchLabels', 'error required_field spec.selector'],
  },
  { name: 'by no port', spec: { selector, portLevelMtls: {} }, want: ['error required_field spec.portLevelMtls'] },
  { name: 'port 0', spec: { selector, portLevelMtls: { 0: {} } }, want: ['error invalid_port spec.portLevelMtls["0"]'] },
  { name: 'port 65536', spec: { selector, portLevelMtls: { 65_536: {} } }, want: ['error invalid_port spec.portLevelMtls["65536"]'] },
  { name: 'a named port', spec: { selector, portLevelMtls: { http: {} } }, want: ['error invalid_port spec.portLevelMtls.http'] },
  {
    name: 'a selector with a star',
    spec: { selector: { matchLabels: { app: '*' } } },
    want: ['error invalid_selector spec.selector.matchLabels.app'],
  },
  {
    name: 'a selector without a name',
    spec: { selector: { matchLabels: { '': 'a' } } },
    want: ['error invalid_selector spec.selector.matchLabels[""]'],
  },
];

testKind('PeerAuthentication', { 'modes and ports': cases, targets: selectorCases({}) });
