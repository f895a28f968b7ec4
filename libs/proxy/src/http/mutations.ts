import { type FormatSegment, type HeaderMutation } from '@lateen/routing';
import { type Head } from '../codec/head';
import { type HttpStream } from './stream';

/** Makes the value of a header that has operators in it. */
export type MutationFormatter = (format: readonly FormatSegment[], stream: HttpStream) => string;

let formatter: MutationFormatter = () => '';

/** Sets how values with operators are made; the process does so once, before traffic. */
export function setMutationFormatter(value: MutationFormatter): void {
  formatter = value;
}

/** Changes a head as a route says, in order. Host and pseudo-headers are not headers here. */
export function applyMutations(head: Head, mutations: readonly HeaderMutation[], stream: HttpStream): void {
  for (const mutation of mutations) {
    const { name } = mutation;
    if (mutation.action === 'remove') {
      head.remove(name);
      continue;
    }
    const value = mutation.literal ?? formatter(mutation.format ?? [], stream);
    if (value === '' && !mutation.keepEmpty) continue;
    switch (mutation.action) {
      case 'append':
        head.add(name, value);
        break;
      case 'addIfAbsent':
        if (head.get(name) === undefined) head.add(name, value);
        break;
      case 'overwriteOrAdd':
        head.set(name, value);
        break;
      case 'overwriteIfExists':
        if (head.get(name) !== undefined) head.set(name, value);
        break;
    }
  }
}
