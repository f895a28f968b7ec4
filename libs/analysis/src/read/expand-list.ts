import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { type Piece } from './split-documents';

/** Looks like a List; cheap enough for every piece. */
const LIST = /["']?kind["']?\s*:\s*["']?\w*List\b/;

/** The objects of a `List` as pieces of their own, columns kept; anything else as it is. */
export function expandList(piece: Piece): readonly Piece[] {
  if (!LIST.test(piece.text)) return [piece];
  const lines = new LineCounter();
  const items = itemsOf(piece.text, lines);
  return items === undefined
    ? [piece]
    : items.map(([start, end]) => {
        const { line, col } = lines.linePos(start);
        return { name: piece.name, text: ' '.repeat(col - 1) + piece.text.slice(start, end), lineOffset: piece.lineOffset + line - 1 };
      });
}

/** Where each item starts and ends; undefined for what is no List, or does not read. */
function itemsOf(text: string, lines: LineCounter): readonly (readonly [number, number])[] | undefined {
  try {
    const { contents, errors } = parseDocument(text, {
      version: '1.1',
      logLevel: 'silent',
      prettyErrors: false,
      uniqueKeys: false,
      lineCounter: lines,
    });
    if (errors.length > 0 || !isMap(contents)) return undefined;
    const kind = contents.get('kind', true);
    const items = contents.get('items', true);
    if (!isScalar(kind) || !String(kind.value).endsWith('List') || !isSeq(items)) return undefined;
    return items.items.flatMap((item) => (isNode(item) && item.range ? [[item.range[0], item.range[1]] as const] : []));
  } catch {
    // The parser says what is wrong with it.
    return undefined;
  }
}
