import { type DescMessage, type Message, type MessageShape } from '@bufbuild/protobuf';
import { type PackedResource, packResource } from '@lateen/xds';

/**
 * Packed resources, one for each content: proxies and pushes that carry the same bytes share them. A resource that
 * no view of the last two rounds used is forgotten.
 */
export class ResourcePool {
  readonly #byMessage = new WeakMap<Message, PackedResource>();
  #current = new Map<string, PackedResource>();
  #previous = new Map<string, PackedResource>();

  /** Begins a round: what is not used in it goes with the one after. */
  turn(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /** The packed form of a message. */
  pack<S extends DescMessage>(schema: S, name: string, message: MessageShape<S>): PackedResource {
    const known = this.#byMessage.get(message);
    const packed = known ?? packResource(schema, name, message);
    const key = `${packed.typeUrl} ${packed.version} ${name}`;
    const shared = this.#current.get(key) ?? this.#previous.get(key) ?? packed;
    this.#current.set(key, shared);
    if (known !== shared) this.#byMessage.set(message, shared);
    return shared;
  }
}
