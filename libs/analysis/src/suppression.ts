import { type ResourceName } from './finding';
import { printName } from './finding';

/** One `--suppress CODE=RESOURCE`. */
export interface Suppression {
  readonly code: string;
  /** A glob over `Kind namespace/name`: `*` is any run of characters. */
  readonly resource: string;
}

/** Reads `IST0103=Pod *`; undefined unless there is exactly one `=`. */
export function parseSuppression(text: string): Suppression | undefined {
  const parts = text.split('=');
  const [code, resource] = parts;
  return parts.length === 2 && code !== undefined && resource !== undefined && code !== '' ? { code, resource } : undefined;
}

/** Whether an annotation of the resource, or an option, silences `code` there. Findings without a resource never are. */
export function createSuppressor(
  suppressions: readonly Suppression[],
): (code: string, origin: ResourceName, annotations: Readonly<Record<string, string>>) => boolean {
  const globs = suppressions.map(({ code, resource }) => ({ code, pattern: globPattern(resource) }));
  return (code, origin, annotations) => {
    const listed = annotations['galley.istio.io/analyze-suppress'];
    if (listed !== undefined && listed.split(',').some((entry) => entry === code || entry === '*')) return true;
    return globs.some((glob) => glob.code === code && glob.pattern.test(printName(origin)));
  };
}

function globPattern(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}
