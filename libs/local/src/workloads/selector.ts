/** A workload as the user names one: `[NAMESPACE/]DEPLOYMENT[-ORDINAL]`. */
interface Named {
  readonly namespace: string;
  readonly workload: string;
  readonly pod: string;
  readonly ordinal: number;
}

/**
 * Finds what `text` names: a pod by its full name, else the first replica of a workload. Without a namespace it looks
 * in `namespace` first and then, if exactly one namespace has it, there. Undefined when nothing matches.
 */
export function selectWorkload<T extends Named>(all: readonly T[], text: string, namespace = 'default'): T | undefined {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  const inNamespace = (ns: string): T | undefined => {
    const here = all.filter((w) => w.namespace === ns);
    return here.find((w) => w.pod === name) ?? here.filter((w) => w.workload === name).sort((a, b) => a.ordinal - b.ordinal)[0];
  };
  if (slash !== -1) return inNamespace(text.slice(0, slash));
  const found = inNamespace(namespace);
  if (found !== undefined) return found;
  const elsewhere = [...new Set(all.map((w) => w.namespace))].map(inNamespace).filter((w) => w !== undefined);
  return elsewhere.length === 1 ? elsewhere[0] : undefined;
}
