import { resourcesFrom } from '../testing';
import { errorCode } from './error-code';
import { openStore } from './store';

/*
 * Run by crash.spec.ts as a process of its own: applies batch after batch, each larger by `padding`, until it is killed or the disk is full,
 * and prints the number of each batch once it is durable.
 */
const [dir = '.', padding = '0'] = process.argv.slice(2);
const store = await openStore(dir, { compactAtBytes: 20_000 });
for (let batch = store.revision + 1; ; batch++) {
  const filler = 'x'.repeat(Number(padding) * batch);
  const documents = ['a', 'b', 'c'].map(
    (name) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}, data: {batch: "${batch}", filler: "${filler}"}}`,
  );
  try {
    await store.apply(resourcesFrom(documents.join('\n---\n')));
  } catch (error) {
    process.stdout.write(`refused ${errorCode(error)} at revision ${store.revision}\n`);
    break;
  }
  process.stdout.write(`${batch}\n`);
}
