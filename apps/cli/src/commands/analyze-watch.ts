import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Calls `changed` whenever a file, or anything in a folder and the folders inside, is written, replaced, added or removed.
 * Watches folders, never files: editors replace a file, and its watch would end with the old one.
 * @throws what the file system says of a path that cannot be watched.
 */
export function watchPath(path: string, changed: () => void): void {
  if (statSync(path).isDirectory()) watchFolder(path, changed);
  else watch(dirname(path), (_event, file) => (file === null || file === basename(path) ? changed() : undefined));
}

/** Node's own recursive watch on Linux loses files that replace others, so every folder has a watch of its own. */
function watchFolder(root: string, changed: () => void): void {
  const watchers = new Map<string, FSWatcher>();
  const refresh = (): void => {
    const folders = new Set(foldersUnder(root));
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) if (!watchers.has(folder)) watchers.set(folder, watch(folder, onEvent));
  };
  const onEvent = (): void => {
    try {
      refresh();
    } catch {
      // A folder that is gone between being listed and being watched; its own removal is an event too.
    }
    changed();
  };
  refresh();
}

function foldersUnder(root: string): readonly string[] {
  const found = [root];
  for (const folder of found)
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) found.push(join(folder, entry.name));
  return found;
}
