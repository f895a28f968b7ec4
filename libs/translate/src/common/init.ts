import { type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';

/** What `create` takes for a message, as a plain object that can be spread. */
export type Init<D extends DescMessage> = Exclude<MessageInitShape<D>, MessageShape<D>>;
