import { type SourceFile } from '@lateen/config';

/** One document of a file as a file of its own. */
export interface Piece extends SourceFile {
  /** Lines of the whole file before it. */
  readonly lineOffset: number;
}

/** Cuts a YAML file at its `---` lines; JSON stays whole. Pieces of comments and blanks only are left out. */
export function splitDocuments({ name, text }: SourceFile): readonly Piece[] {
  if (text.trimStart().startsWith('{')) return [{ name, text, lineOffset: 0 }];
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let start = 0;
  const close = (next: number): void => {
    if (lines.some((line) => line.trim() !== '' && !line.trimStart().startsWith('#')))
      pieces.push({ name, text: lines.join('\n'), lineOffset: start });
    lines = [];
    start = next;
  };
  text.split('\n').forEach((line, i) => {
    const separator = /^---(\s+#.*|\s*)$/.test(line.trimEnd());
    if (separator) close(i + 1);
    else lines.push(line);
  });
  close(0);
  return pieces;
}
