import { type DescMessage, type DescService, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';

/**
 * A generated service as grpc-js wants it. A response may be handed over as a Buffer, already serialized, so that
 * what goes to many streams is encoded once.
 */
export function grpcService(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.name, methodDefinition(service, method)]));
}

type DescMethod = DescService['methods'][number];

function methodDefinition(service: DescService, method: DescMethod): MethodDefinition<unknown, unknown> {
  return {
    path: `/${service.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: serializer(method.input),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: serializer(method.output),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

function serializer<S extends DescMessage>(schema: S): (value: unknown) => Buffer {
  return (value) => {
    if (Buffer.isBuffer(value)) return value;
    const bytes = toBinary(schema, value as MessageShape<S>);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}
