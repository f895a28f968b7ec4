import { type PackedResource } from '../wire/packed-resource';
import { type ResourceSource, type ResourceView } from '../server/resource-source';

/** A source with one world for every client, replaced whole by `set`. */
export class FixedSource implements ResourceSource {
  #view: ResourceView = viewOf([], 0);
  readonly #watchers = new Set<(view: ResourceView) => void>();

  watch(_client: unknown, onChange: (view: ResourceView) => void): { readonly view: ResourceView; close(): void } {
    this.#watchers.add(onChange);
    return { view: this.#view, close: () => this.#watchers.delete(onChange) };
  }

  /** Replaces everything and tells every client. */
  set(...resources: readonly PackedResource[]): void {
    this.#view = viewOf(resources, this.#view.generation + 1);
    for (const watcher of this.#watchers) watcher(this.#view);
  }
}

const NONE: ReadonlyMap<string, PackedResource> = new Map();

/** A view of exactly these resources. */
export function viewOf(resources: readonly PackedResource[], generation: number): ResourceView {
  const byType = new Map<string, Map<string, PackedResource>>();
  for (const resource of resources) {
    let byName = byType.get(resource.typeUrl);
    if (byName === undefined) byType.set(resource.typeUrl, (byName = new Map()));
    byName.set(resource.name, resource);
  }
  return { generation, resources: (typeUrl) => byType.get(typeUrl) ?? NONE };
}
