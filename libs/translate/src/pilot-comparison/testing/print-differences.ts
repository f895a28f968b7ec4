/* Prints how what we make differs from Pilot's: `node tools/run-ts.mjs THIS-FILE [CASE[/PROXY]] [KIND] [PATH-PART]`. */
import { CASES, ours, pilots, proxiesOf, referenceFolder } from './reference';
import { compareProxy } from './compare';

const [wanted = '', kind = '', part = ''] = process.argv.slice(2);
const root = referenceFolder(process.cwd(), process.env['LATEEN_REFERENCE']);
if (root === undefined) throw new Error('Cannot find the reference folder: set LATEEN_REFERENCE');
const known = CASES.filter((folder) => wanted.startsWith(folder) || folder.startsWith(wanted));
const proxies = (known.length > 0 ? known : [wanted.split('/')[0] ?? ''])
  .flatMap((folder) => proxiesOf(root, folder))
  .filter(({ name }) => name.startsWith(wanted));
for (const proxy of proxies) {
  for (const { kind: of, alike, total, differences } of compareProxy(ours(root, proxy), pilots(root, proxy))) {
    if (kind !== '' && of !== kind) continue;
    console.log(`== ${proxy.name} ${of}: ${alike} of ${total} alike (${total === 0 ? 100 : ((100 * alike) / total).toFixed(2)} %)`);
    if (wanted === '' && kind === '') continue;
    for (const { path, ours: a, pilots: b } of differences)
      if (path.includes(part)) console.log(`${path}\n    ours ${a ?? '-'}\n   pilot ${b ?? '-'}`);
  }
}
