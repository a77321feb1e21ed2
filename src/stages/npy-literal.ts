/**
 * Text of Python literals → values: what the header of an npy file is written in.
 *
 * Only what headers hold: dicts, tuples, lists, texts, whole numbers, True, False and None. Nothing is evaluated; what
 * is none of these is no literal.
 */
export type Literal = string | number | boolean | null | LiteralItems | LiteralDict;
interface LiteralItems {
  readonly type: "tuple" | "list";
  readonly items: readonly Literal[];
}
export interface LiteralDict {
  readonly type: "dict";
  readonly entries: readonly (readonly [key: Literal, value: Literal])[];
}

const token =
  /[ \t\r\n]*(?:([{}()[\],:])|[uU]?('(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")|(-?\d+)L?\b|(True|False|None)\b)/y;
const words = new Map<string, boolean | null>([
  ["True", true],
  ["False", false],
  ["None", null],
]);
/** Types of records in records nest a little; nothing else does. */
const deepest = 20;

/** Undefined where the text is no literal, or more than one. */
export function literalOf(text: string): Literal | undefined {
  const tokens = tokensOf(text);
  const reader = new Reader(tokens ?? []);
  const value = tokens && reader.value(0);
  return reader.isAtEnd ? value : undefined;
}

type Token = { readonly mark: string } | { readonly value: string | number | boolean | null };

function tokensOf(text: string): readonly Token[] | undefined {
  const found: Token[] = [];
  const end = text.replace(/[ \t\r\n]+$/, "").length;
  token.lastIndex = 0;
  for (let at = 0; at < end; at = token.lastIndex) {
    const match = token.exec(text);
    if (!match) return undefined;
    const [, mark, quoted, digits, word] = match;
    if (mark) found.push({ mark });
    else if (quoted) found.push({ value: quoted.slice(1, -1).replace(/\\([\s\S])/g, "$1") });
    else found.push({ value: digits ? Number(digits) : words.get(word!)! });
  }
  return found;
}

/** Goes through tokens from the left; `undefined` is no literal. */
class Reader {
  #at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  get isAtEnd(): boolean {
    return this.#at === this.tokens.length;
  }

  value(depth: number): Literal | undefined {
    const next = this.tokens[this.#at++];
    if (!next || depth > deepest) return undefined;
    if ("value" in next) return next.value;
    switch (next.mark) {
      case "{":
        return this.#dict(depth);
      case "[":
        return this.#items("]", depth)?.list;
      case "(": {
        const found = this.#items(")", depth);
        // (3) is the number 3, and (3,) a tuple of one.
        if (found?.list.items.length === 1 && !found.hasComma) return found.list.items[0];
        return found && { type: "tuple", items: found.list.items };
      }
      default:
        return undefined;
    }
  }

  #takes(mark: string): boolean {
    const next = this.tokens[this.#at];
    if (!next || !("mark" in next) || next.mark !== mark) return false;
    this.#at++;
    return true;
  }

  #items(end: string, depth: number): { readonly list: LiteralItems; readonly hasComma: boolean } | undefined {
    const items: Literal[] = [];
    let hasComma = false;
    while (!this.#takes(end)) {
      if (items.length > 0 && !hasComma) return undefined;
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      hasComma = this.#takes(",");
    }
    return { list: { type: "list", items }, hasComma };
  }

  #dict(depth: number): LiteralDict | undefined {
    const entries: (readonly [Literal, Literal])[] = [];
    let hasComma = true;
    while (!this.#takes("}")) {
      if (!hasComma) return undefined;
      const key = this.value(depth + 1);
      if (key === undefined || !this.#takes(":")) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      entries.push([key, value]);
      hasComma = this.#takes(",");
    }
    return { type: "dict", entries };
  }
}
