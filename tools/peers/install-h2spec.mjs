#!/usr/bin/env node
/** Builds h2spec, which says whether a server keeps to RFC 7540 and RFC 7541, into .peers/bin and prints its path. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstWorking, lacking, peers, run } from './peer.mjs';

const VERSION = process.env.H2SPEC_VERSION ?? 'latest';
const bin = join(peers, 'bin');
const h2spec = join(bin, 'h2spec');

if (!existsSync(h2spec)) {
  const go = firstWorking(['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'], 'version');
  if (go === undefined)
    lacking('Cannot install h2spec: Go is needed to build it (https://go.dev/dl), or put an h2spec of your own at .peers/bin/h2spec');
  mkdirSync(bin, { recursive: true });
  run(go, ['install', `github.com/summerwind/h2spec/cmd/h2spec@${VERSION}`], { env: { ...process.env, GOBIN: bin, CGO_ENABLED: '0' } });
}
process.stdout.write(`${h2spec}\n`);
