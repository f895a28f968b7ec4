import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type InterceptionKind } from '../interception/interception';
import { type StatePaths } from './state-dir';

/** What a running mesh tells about itself in `mesh.json`. Present only while its supervisor runs. */
export interface MeshCard {
  /** The launcher's process id, in the namespace the user started it in. */
  readonly pid: number;
  readonly version: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  readonly interception: InterceptionKind;
  /** Why that interception was chosen, as a sentence. */
  readonly interceptionReason: string;
  readonly trustDomain: string;
  /** As reached from where the user is: `HOST:PORT`. */
  readonly addresses: {
    /** The control plane's REST API and dashboard. */
    readonly admin: string;
    readonly metrics: string;
    readonly xdsPlaintext: string;
    /** xDS and CA over TLS. */
    readonly xds: string;
    /** By gateway server port: `{ "8080": "127.0.0.1:8080" }`. */
    readonly ingress: Readonly<Record<string, string>>;
  };
  /** False while the mesh is still starting. */
  readonly ready: boolean;
}

/** Reads the card of a mesh; undefined where none runs or it is half-written by something else. */
export function readMeshCard(paths: StatePaths): MeshCard | undefined {
  try {
    return JSON.parse(readFileSync(paths.meshCard, 'utf8')) as MeshCard;
  } catch {
    return undefined;
  }
}

/** Replaces the card in one step, so that a reader never sees half of it. */
export function writeMeshCard(paths: StatePaths, card: MeshCard): void {
  const temporary = `${paths.meshCard}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(card, undefined, 2)}\n`);
  renameSync(temporary, paths.meshCard);
}

/** Removes the card; no error when there is none. */
export function removeMeshCard(paths: StatePaths): void {
  rmSync(paths.meshCard, { force: true });
}
