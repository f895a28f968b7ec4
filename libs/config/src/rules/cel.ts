import { quote } from './report';
/** One token of CEL, and where it stands. */
interface Token {
  readonly kind: 'name' | 'literal' | 'op' | 'end';
  readonly text: string;
  readonly at: number;
}

const STRING =
  /(?:[rR][bB]?|[bB][rR]?)?(?:"""[^]*?"""|'''[^]*?''')|(?:[rR][bB]|[bB][rR]|[rR])(?:"[^"\n]*"|'[^'\n]*')|[bB]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/y;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|\d+\.\d+(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+[uU]?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*|`[^`\n]+`/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;
const SPACE = /(?:\s|\/\/[^\n]*)+/y;
const RESERVED = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);
/** From loosest to tightest. */
const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['<', '<=', '>', '>=', '==', '!=', 'in'], ['+', '-'], ['*', '/', '%']];
const MAX_DEPTH = 100;

/**
 * What keeps `text` from being an expression of CEL; undefined when nothing does. Syntax only: names are not resolved.
 * Spec: validation.md §5.13; the grammar of the Common Expression Language.
 */
export function celProblem(text: string): string | undefined {
  try {
    new Parser(tokenize(text)).whole();
    return undefined;
  } catch (error) {
    if (error instanceof CelSyntaxError) return error.message;
    throw error;
  }
}

class CelSyntaxError extends Error {}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const literal = take(STRING) ?? take(NUMBER);
    const name = literal === undefined ? take(NAME) : undefined;
    const found = literal ?? name ?? take(OPERATOR);
    if (found === undefined) throw new CelSyntaxError(`unexpected ${JSON.stringify(text[at])} at character ${at + 1}`);
    const kind = literal !== undefined ? 'literal' : name !== undefined && name !== 'in' ? 'name' : 'op';
    tokens.push({ kind, text: found, at });
    at += found.length;
  }
  tokens.push({ kind: 'end', text: 'the end', at });
  return tokens;
}

/** Recursive descent over the grammar; keeps no tree. */
class Parser {
  private next = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): void {
    this.expression();
    if (this.peek().kind !== 'end') this.fail();
  }

  private expression(): void {
    if (++this.depth > MAX_DEPTH) throw new CelSyntaxError('it is nested too deeply');
    this.binary(0);
    if (this.accept('?')) {
      this.binary(0);
      this.expect(':');
      this.expression();
    }
    this.depth--;
  }

  private binary(level: number): void {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    this.binary(level + 1);
    while (this.peek().kind === 'op' && operators.includes(this.peek().text)) {
      this.next++;
      this.binary(level + 1);
    }
  }

  private unary(): void {
    if (this.accept('!')) while (this.accept('!'));
    else while (this.accept('-'));
    this.primary();
    for (;;) {
      if (this.accept('.')) {
        this.accept('?');
        this.name();
        if (this.accept('(')) this.list(')');
      } else if (this.accept('[')) {
        this.accept('?');
        this.expression();
        this.expect(']');
      } else if (this.peek().text === '{' && this.tokens[this.next - 1]?.kind === 'name') {
        this.next++;
        this.entries();
      } else return;
    }
  }

  private primary(): void {
    const token = this.peek();
    if (token.kind === 'literal') this.next++;
    else if (this.accept('(')) {
      this.expression();
      this.expect(')');
    } else if (this.accept('[')) this.list(']');
    else if (this.accept('{')) this.entries();
    else {
      this.accept('.');
      this.name();
      if (this.accept('(')) this.list(')');
    }
  }

  private name(): void {
    const token = this.peek();
    if (token.kind !== 'name' || RESERVED.has(token.text)) this.fail();
    this.next++;
  }

  /** Expressions up to `close`; a list may end in a comma. */
  private list(close: string): void {
    while (!this.accept(close)) {
      this.accept('?');
      this.expression();
      if (this.accept(',')) continue;
      this.expect(close);
      return;
    }
  }

  /** `key: value` up to the brace. */
  private entries(): void {
    while (!this.accept('}')) {
      this.accept('?');
      this.binary(0);
      this.expect(':');
      this.expression();
      if (this.accept(',')) continue;
      this.expect('}');
      return;
    }
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: 'the end', at: 0 };
  }

  private accept(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'op' || token.text !== text) return false;
    this.next++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail(text);
  }

  private fail(wanted?: string): never {
    const { text, at, kind } = this.peek();
    throw new CelSyntaxError(
      `unexpected ${kind === 'end' ? text : quote(text)} at character ${at + 1}${wanted === undefined ? '' : `, expected "${wanted}"`}`,
    );
  }
}
