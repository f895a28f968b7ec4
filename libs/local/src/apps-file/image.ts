/** An image reference without registry, tag and digest: `ghcr.io/acme/reviews:1.2@sha256:…` → `acme/reviews`. */
export function imageRepository(reference: string): string {
  const withoutDigest = reference.split('@')[0] ?? '';
  const lastSlash = withoutDigest.lastIndexOf('/');
  const tag = withoutDigest.indexOf(':', lastSlash + 1);
  const path = tag === -1 ? withoutDigest : withoutDigest.slice(0, tag);
  const segments = path.split('/');
  const first = segments[0] ?? '';
  // Docker's rule: the first segment is a registry when it looks like a host.
  const hasRegistry = segments.length > 1 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return (hasRegistry ? segments.slice(1) : segments).join('/');
}

/** The key that names this image: equal to its repository or to the end of it at a `/`; the longest one wins. */
export function matchImage(reference: string, keys: Iterable<string>): string | undefined {
  const repository = imageRepository(reference);
  let best: string | undefined;
  for (const key of keys) {
    const matches = repository === key || repository.endsWith(`/${key}`);
    if (matches && (best === undefined || key.length > best.length)) best = key;
  }
  return best;
}
