export { dependenciesOf } from './wire/dependencies';
export { grpcService } from './wire/grpc-service';
export { packAny, PackedResource, packResource, toAny, typeUrlOf, unpackAny } from './wire/packed-resource';
export { PUSH_ORDER, TYPE_URL, typeName, type XdsType } from './wire/type-urls';
