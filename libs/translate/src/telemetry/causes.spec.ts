import { describe, expect, it } from '@jest/globals';
import { ISTIO_JSON_FORMAT, ISTIO_TEXT_FORMAT, LOCAL_JSON_FORMAT, LOCAL_TEXT_FORMAT } from '@lateen/telemetry/formats';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { CAUSE_EXTENSION } from '../proxy';
import { proxyOf, snapshotFrom } from '../testing';
import { translateProxy } from '../translate-proxy';

/** What a client is sent to listen on. */
function listeners(meshConfig: object, extensions: readonly string[], telemetry: string) {
  const mesh = `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: ${JSON.stringify(JSON.stringify(meshConfig))}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: default}
spec:
  selector: {matchLabels: {app: client}}
  template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c, image: c}]}}
${telemetry}`;
  const snapshot = snapshotFrom(mesh);
  const proxy = proxyOf(snapshot, 'default/client', { extensions: new Set(extensions) });
  return translateProxy({ snapshot, proxy }).listeners;
}

/** Every access log format of a client's listeners, as JSON. */
function formats(meshConfig: object, extensions: readonly string[], telemetry = ''): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (value instanceof Uint8Array) {
      const text = Buffer.from(value).toString('latin1');
      for (const [line] of text.matchAll(/\[%START_TIME%\][^\n]*\n|why=[^\n]*/g)) found.add(line);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(listeners(meshConfig, extensions, telemetry).map(({ message }) => message));
  return [...found];
}

/** The keys of the JSON that a client's listeners log, ascending. */
function jsonKeys(meshConfig: object, extensions: readonly string[], telemetry = ''): readonly string[] {
  const [log] = listeners(meshConfig, extensions, telemetry).flatMap(({ message }) => message.accessLog);
  const config = log?.configType.case === 'typedConfig' ? anyUnpack(log.configType.value, FileAccessLogSchema) : undefined;
  const format = config?.accessLogFormat.case === 'logFormat' ? config.accessLogFormat.value.format : undefined;
  return Object.keys(format?.case === 'jsonFormat' ? format.value : {}).sort();
}

describe('%LATEEN_CAUSE% in an access log format', () => {
  const local = { accessLogFile: '/dev/stdout', accessLogFormat: LOCAL_TEXT_FORMAT };

  it('is sent to a proxy that knows it', () => expect(formats(local, [CAUSE_EXTENSION])).toEqual([LOCAL_TEXT_FORMAT]));

  it("is left out for one that does not: what is left is Istio's own", () => expect(formats(local, [])).toEqual([ISTIO_TEXT_FORMAT]));

  it('is left out of JSON, and of the formats of providers', () => {
    expect(formats({ ...local, accessLogEncoding: 'JSON', accessLogFormat: '{"a": "why=%LATEEN_CAUSE:20%;"}' }, [])[0]).toContain('why=;');
    const provider = { name: 'file', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { labels: { a: 'why=%LATEEN_CAUSE(x)%;' } } } };
    const telemetry = `---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: logs, namespace: default}
spec: {accessLogging: [{providers: [{name: file}]}]}
`;
    expect(formats({ extensionProviders: [provider] }, [], telemetry)[0]).toContain('why=;');
    expect(formats({ extensionProviders: [provider] }, [CAUSE_EXTENSION], telemetry)[0]).toContain('why=%LATEEN_CAUSE(x)%;');
  });

  it('is a key of the default JSON, for a proxy that knows it', () => {
    const json = { accessLogFile: '/dev/stdout', accessLogEncoding: 'JSON' };
    expect([CAUSE_EXTENSION, 'other'].map((extension) => jsonKeys(json, [extension]))).toEqual([
      Object.keys(LOCAL_JSON_FORMAT).sort(),
      Object.keys(ISTIO_JSON_FORMAT).sort(),
    ]);
    const provider = { name: 'file', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { labels: {} } } };
    const telemetry = `---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: logs, namespace: default}
spec: {accessLogging: [{providers: [{name: file}]}]}
`;
    expect(jsonKeys({ extensionProviders: [provider] }, [CAUSE_EXTENSION], telemetry)).toContain('cause');
  });

  it('is said by the built-in provider as by the mesh', () => {
    const telemetry = `---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: logs, namespace: default}
spec: {accessLogging: [{providers: [{name: envoy}]}]}
`;
    expect(formats(local, [CAUSE_EXTENSION], telemetry)).toEqual([LOCAL_TEXT_FORMAT]);
  });
});
