// The arguments of a `print fmt`: expressions of C over the fields of a record, as trees. What is not known here (a function of
// the kernel's, a pointer that is followed) makes the whole unreadable, and the event is printed field by field.
//
//   "prev_comm=%s prev_state=%s", REC->prev_comm, REC->prev_state & 1 ? __print_flags(REC->prev_state, "|", { 1, "S" }) : "R"

export type CExpression =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly CExpression[] }
  | { readonly kind: 'call'; readonly name: string; readonly items: readonly CExpression[] }
  | { readonly kind: 'unary'; readonly sign: string; readonly operand: CExpression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: CExpression; readonly right: CExpression }
  | { readonly kind: 'index'; readonly array: CExpression; readonly index: CExpression }
  | { readonly kind: 'choice'; readonly test: CExpression; readonly yes: CExpression; readonly no: CExpression };

/** Thrown, and caught by `parsePrintFormat`, where an expression can't be read. */
class Unreadable extends Error {}

const token =
  /\s*(?:("(?:[^"\\]|\\.)*")|(0[xX][0-9a-fA-F]+|\d+)[uUlL]*|([A-Za-z_]\w*)|(->|<<|>>|&&|\|\||[=!<>]=|[-+*/%&|^~!<>?:(){},[\]]))/y;
const typeWord =
  /^(?:unsigned|signed|const|struct|enum|union|void|char|short|int|long|bool|size_t|[us]\d+|__u\d+|__s\d+|__[bl]e\d+|\w+_t)$/;

const levels = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

export interface PrintFormat {
  readonly format: string;
  readonly values: readonly CExpression[];
}

/** The parts of a `print fmt`; undefined where there is something in it that isn't known. */
export function parsePrintFormat(print: string): PrintFormat | undefined {
  try {
    return new Reader(print).all();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  all(): PrintFormat {
    const format = this.#expression();
    if (format.kind !== 'text') throw new Unreadable();
    const values: CExpression[] = [];
    while (this.#take(',')) values.push(this.#expression());
    if (this.#at < this.#tokens.length) throw new Unreadable();
    return { format: format.value, values };
  }

  #take(sign: string): boolean {
    if (this.#tokens[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new Unreadable();
  }

  #expression(): CExpression {
    const test = this.#binary(0);
    if (!this.#take('?')) return test;
    const yes = this.#expression();
    this.#expect(':');
    return { kind: 'choice', test, yes, no: this.#expression() };
  }

  #binary(level: number): CExpression {
    const signs = levels[level];
    if (signs === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const sign = signs.find((each) => this.#take(each));
      if (sign === undefined) return left;
      left = { kind: 'binary', sign, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): CExpression {
    const sign = ['-', '!', '~', '+'].find((each) => this.#take(each));
    if (sign !== undefined) return { kind: 'unary', sign, operand: this.#unary() };
    if (this.#isCast()) {
      while (!this.#take(')')) this.#at++;
      return this.#unary();
    }
    return this.#behind(this.#primary());
  }

  #isCast(): boolean {
    if (this.#tokens[this.#at] !== '(') return false;
    let at = this.#at + 1;
    if (!typeWord.test(this.#tokens[at] ?? '')) return false;
    while (/^(?:\w+|\*)$/.test(this.#tokens[at] ?? '')) at++;
    return this.#tokens[at] === ')';
  }

  #behind(operand: CExpression): CExpression {
    let value = operand;
    while (this.#take('[')) {
      value = { kind: 'index', array: value, index: this.#expression() };
      this.#expect(']');
    }
    return value;
  }

  #primary(): CExpression {
    if (this.#take('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (this.#take('{')) return { kind: 'list', items: this.#items('}') };
    const word = this.#tokens[this.#at++] ?? '';
    if (word.startsWith('"')) return this.#text(word);
    if (/^\d/.test(word)) return { kind: 'number', value: BigInt(/^0\d/.test(word) ? `0o${word.slice(1)}` : word) };
    if (word === 'REC') return this.#field();
    if (!this.#take('(')) throw new Unreadable();
    return { kind: 'call', name: word, items: this.#items(')') };
  }

  /** Texts that stand one behind the other are one. */
  #text(first: string): CExpression {
    let value = unescaped(first);
    while (this.#tokens[this.#at]?.startsWith('"') === true) value += unescaped(this.#tokens[this.#at++]!);
    return { kind: 'text', value };
  }

  #field(): CExpression {
    this.#expect('->');
    const name = this.#tokens[this.#at++];
    if (name === undefined) throw new Unreadable();
    return { kind: 'field', name };
  }

  /** A name alone is that of a field: `__get_str(name)`. */
  #items(end: string): CExpression[] {
    const items: CExpression[] = [];
    while (!this.#take(end)) {
      const [word, next] = [this.#tokens[this.#at] ?? '', this.#tokens[this.#at + 1]];
      if (/^[A-Za-z_]\w*$/.test(word) && word !== 'REC' && (next === ',' || next === end)) {
        items.push({ kind: 'field', name: word });
        this.#at++;
      } else items.push(this.#expression());
      if (!this.#take(',') && this.#tokens[this.#at] !== end) throw new Unreadable();
    }
    return items;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const trimmed = text.trimEnd();
  for (let at = 0; at < trimmed.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(trimmed);
    if (found === null) throw new Unreadable();
    tokens.push(found[1] ?? found[2] ?? found[3] ?? found[4]!);
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', '"': '"' };

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}
