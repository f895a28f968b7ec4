import { testKind } from '../../testing/kind-table';
import { selectorCases, targetCases } from '../../testing/target-cases';

const lua = { lua: { inlineCode: 'function envoy_on_request(handle) end' } };
const wasm = (change: object): object => ({ wasm: { url: 'oci://a', ...change } });

testKind('TrafficExtension', {
  'the whole': [
    { name: 'Lua', spec: { ...lua, phase: 'AUTHZ', priority: 1, match: [{ mode: 'SERVER', ports: [{ number: 80 }] }] } },
    {
      name: 'Wasm',
      spec: wasm({
        sha256: '',
        imagePullPolicy: 'IfNotPresent',
        imagePullSecret: 'a',
        verificationKey: 'a',
        pluginConfig: {},
        pluginName: 'a',
        failStrategy: 'FAIL_RELOAD',
        vmConfig: { env: [{ name: 'A', value: 'a', valueFrom: 'INLINE' }] },
        type: 'NETWORK',
      }),
    },
    { name: 'neither', spec: {}, want: ['error required_field spec'] },
    { name: 'both', spec: { ...lua, ...wasm({}) }, want: ['error exclusive_fields spec'] },
    ...selectorCases(lua),
    ...targetCases(lua, false),
  ],
  contents: [
    { name: 'empty Lua', spec: { lua: { inlineCode: '' } }, want: ['error out_of_range spec.lua.inlineCode'] },
    { name: '64 KiB of Lua', spec: { lua: { inlineCode: 'é'.repeat(32_768) } } },
    { name: 'more Lua', spec: { lua: { inlineCode: 'é'.repeat(32_769) } }, want: ['error out_of_range spec.lua.inlineCode'] },
    { name: 'Lua that is none', spec: { lua: { inlineCode: '(' } } },
    { name: 'Wasm from nowhere', spec: { wasm: {} }, want: ['error required_field spec.wasm.url'] },
    { name: 'Wasm by FTP', spec: wasm({ url: 'ftp://a' }), want: ['error invalid_url spec.wasm.url'] },
    { name: 'Wasm of a bad checksum', spec: wasm({ sha256: 'x' }), want: ['error invalid_value spec.wasm.sha256'] },
    {
      name: 'Wasm by a long secret',
      spec: wasm({ imagePullSecret: 'a'.repeat(254) }),
      want: ['error out_of_range spec.wasm.imagePullSecret'],
    },
    { name: 'Wasm of a long name', spec: wasm({ pluginName: 'a'.repeat(257) }), want: ['error out_of_range spec.wasm.pluginName'] },
    {
      name: 'Wasm with a variable twice',
      spec: wasm({ vmConfig: { env: [{ name: 'A' }, { name: 'A' }] } }),
      want: ['error duplicate_name spec.wasm.vmConfig.env[1].name'],
    },
    { name: 'port 0', spec: { ...lua, match: [{ ports: [{ number: 0 }] }] }, want: ['error invalid_port spec.match[0].ports[0].number'] },
  ],
});
