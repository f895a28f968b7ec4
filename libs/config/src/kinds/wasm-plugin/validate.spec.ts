import { testKind } from '../../testing/kind-table';
import { selectorCases, targetCases } from '../../testing/target-cases';

const wasm = (change: object): object => ({ url: 'oci://a/b', ...change });
const env = (...variables: object[]): object => wasm({ vmConfig: { env: variables } });

testKind('WasmPlugin', {
  'the whole': [
    {
      name: 'all fields',
      spec: wasm({
        sha256: 'a'.repeat(64),
        imagePullPolicy: 'Always',
        imagePullSecret: 'a',
        verificationKey: 'any text',
        pluginConfig: { any: ['thing', null] },
        pluginName: 'a',
        phase: 'AUTHN',
        priority: -5,
        failStrategy: 'FAIL_OPEN',
        vmConfig: {
          env: [
            { name: 'A', value: 'a' },
            { name: 'B', valueFrom: 'HOST' },
          ],
        },
        match: [{ mode: 'CLIENT', ports: [{ number: 80 }] }],
        type: 'HTTP',
      }),
    },
    ...selectorCases(wasm({})),
    ...targetCases(wasm({}), true),
  ],
  'where the module is': [
    ...['oci://a/b', 'docker.io/a:b', '1.2.3.4:5000/a', 'file:///a', 'https://a', 'HTTP://a', '/a/b', 'a'].map((url) => ({
      name: url,
      spec: wasm({ url }),
    })),
    ...['', 'localhost:5000/a', 'docker.io:5000/a', 'ftp://a', 'a b', 'http://a/%zz', '1.2.3.4:x/a'].map((url) => ({
      name: `refused: "${url}"`,
      spec: wasm({ url }),
      want: ['error invalid_url spec.url'],
    })),
    { name: 'nowhere', spec: {}, want: ['error required_field spec.url'] },
  ],
  'the rest': [
    { name: 'no checksum', spec: wasm({ sha256: '' }) },
    { name: 'a checksum in upper case', spec: wasm({ sha256: 'A'.repeat(64) }), want: ['error invalid_value spec.sha256'] },
    { name: 'a short checksum', spec: wasm({ sha256: 'a'.repeat(63) }), want: ['error invalid_value spec.sha256'] },
    {
      name: 'a secret of 254 characters',
      spec: wasm({ imagePullSecret: 'a'.repeat(254) }),
      want: ['error out_of_range spec.imagePullSecret'],
    },
    { name: 'a name of 256 characters', spec: wasm({ pluginName: 'a'.repeat(256) }) },
    { name: 'a name of 257 characters', spec: wasm({ pluginName: 'a'.repeat(257) }), want: ['error out_of_range spec.pluginName'] },
    { name: 'a variable without a name', spec: env({ name: '' }), want: ['error invalid_name spec.vmConfig.env[0].name'] },
    { name: 'a variable of 257 characters', spec: env({ name: 'a'.repeat(257) }), want: ['error invalid_name spec.vmConfig.env[0].name'] },
    { name: 'a variable twice', spec: env({ name: 'A' }, { name: 'A' }), want: ['error duplicate_name spec.vmConfig.env[1].name'] },
    {
      name: 'a value from the host',
      spec: env({ name: 'A', valueFrom: 'HOST', value: 'b' }),
      want: ['error exclusive_fields spec.vmConfig.env[0].value'],
    },
    {
      name: 'only the first wrong variable',
      spec: env({ name: '' }, { name: '' }),
      want: ['error invalid_name spec.vmConfig.env[0].name'],
    },
    {
      name: 'only the first wrong port',
      spec: wasm({ match: [{ ports: [{ number: 0 }, { number: 65_536 }] }] }),
      want: ['error invalid_port spec.match[0].ports[0].number'],
    },
    {
      name: 'port 65536',
      spec: wasm({ match: [{ ports: [{ number: 65_536 }] }] }),
      want: ['error invalid_port spec.match[0].ports[0].number'],
    },
    {
      name: 'a port without a number',
      spec: wasm({ match: [{ ports: [{}] }] }),
      want: ['error required_field spec.match[0].ports[0].number'],
    },
  ],
});
