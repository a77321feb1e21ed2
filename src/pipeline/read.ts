/**
 * Path → YAML document whose every value has a span.
 *
 * Strict YAML 1.2 core. Documents over 1 MiB are refused before parsing. Duplicate keys are found here and not by the
 * parser, whose own search is quadratic. Aliases are resolved when values are read, with a bound on their number.
 */
import { readFileSync } from "node:fs";
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Checked, Diagnostic, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { firstLine, lineText, placeOf } from "../diagnostic/source.js";

/** A YAML value that remembers where it stands. */
export type Value =
  | { readonly type: "map"; readonly span: Span; readonly entries: readonly Entry[] }
  | { readonly type: "list"; readonly span: Span; readonly items: readonly Value[] }
  | { readonly type: "scalar"; readonly span: Span; readonly value: string | number | boolean | null };
export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Value;
}
export interface PipelineDocument {
  readonly file: SourceFile;
  readonly root: Value & { readonly type: "map" };
}

const sizeLimit = 1 << 20;
const aliasLimit = 1000;

export function readDocument(path: string): Checked<PipelineDocument> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return refuse(path, "no such file", `There is no pipeline at \`${path}\`. Check the name, or the folder you are in.`);
    if (code === "EISDIR")
      return refuse(
        path,
        "a folder, not a file",
        `\`${path}\` is a folder. Name the pipeline file in it, such as \`${path.replace(/\/$/, "")}/pipeline.yaml\`.`,
      );
    return refuse(path, "cannot be read", `\`${path}\` cannot be read (${code ?? "unknown error"}). Check its permissions.`);
  }
  if (bytes.length > sizeLimit) return refuse(path, "too large", `A pipeline is at most 1 MiB; this file has ${bytes.length} bytes. Is it a pipeline?`);
  return readText(path, bytes.toString("utf8").replace(/^\uFEFF/, ""));
}

/** The same from text, for tests and `--set`. */
export function readText(path: string, text: string): Checked<PipelineDocument> {
  const file: SourceFile = { path, text };
  if (text.trim() === "") return refuse(path, "empty file", "A pipeline needs `stages:`. An example:\n\nstages:\n  digits: {kind: load, source: mnist}");
  const diagnostics: Diagnostic[] = [];
  let document: ReturnType<typeof parse>;
  try {
    document = parse(text);
    // What follows the first error of syntax is mostly its echo, so one is told; but bare braces are found one by one.
    for (let masked = text; document.errors.length > 0; document = parse(masked)) {
      const error = document.errors[0]!;
      const braces = bareBraces(masked, error.pos[0]);
      diagnostics.push(braces ? braceMistake(file, braces) : yamlMistake(file, error.pos, error.code, error.message));
      if (!braces) break;
      masked = `${masked.slice(0, braces.start)}${"_".repeat(braces.end - braces.start)}${masked.slice(braces.end)}`;
    }
  } catch (error) {
    return refuse(path, "cannot be read as YAML", String((error as Error).message));
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const reader = new Reader(file, document.contents as Node | null, diagnostics);
  const root = reader.root();
  if (root === undefined || diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, value: { file, root }, diagnostics };
}

const parse = (text: string) =>
  parseDocument(text, { version: "1.2", schema: "core", strict: true, uniqueKeys: false, prettyErrors: false, lineCounter: new LineCounter(), merge: false });

/** An unquoted ${…} on the line of an error, at the error or just before it. */
function bareBraces(text: string, error: number): { readonly start: number; readonly end: number } | undefined {
  const line = text.lastIndexOf("\n", error - 1) + 1;
  const end = text.indexOf("\n", error);
  for (const match of text.slice(line, end < 0 ? text.length : end).matchAll(/\$\{[^{}\n]*\}/g)) {
    const start = line + match.index;
    const quoted = /["']/.test(text[start - 1] ?? "");
    if (quoted || error < start || error > start + match[0].length) continue;
    // The text around it belongs into the same quotes.
    const before = /[\w./-]*$/.exec(text.slice(line, start))![0].length;
    const after = /^[\w./-]*/.exec(text.slice(start + match[0].length))![0].length;
    return { start: start - before, end: start + match[0].length + after };
  }
  return undefined;
}

function braceMistake(file: SourceFile, { start, end }: { readonly start: number; readonly end: number }): Diagnostic {
  return {
    severity: "error",
    title: "braces need quotes",
    file: file.path,
    span: { file, start, end },
    message: `Inside {…} or […], YAML reads the braces of \`\${…}\` as its own. Put it in quotes: \`"${file.text.slice(start, end)}"\`.`,
  };
}

function refuse(path: string, title: string, message: string): { ok: false; diagnostics: Diagnostic[] } {
  return { ok: false, diagnostics: [{ severity: "error", title, file: path, message }] };
}

function yamlMistake(file: SourceFile, pos: readonly [number, number], code: string, message: string): Diagnostic {
  const start = Math.min(pos[0], Math.max(0, file.text.length - 1));
  const span: Span = { file, start, end: Math.max(start + 1, Math.min(pos[1], file.text.length)) };
  const line = placeOf(file, start).line;
  for (const near of [line, line - 1]) {
    if (near < 1) continue;
    const indent = /^[ ]*\t/.exec(lineText(file, near));
    if (!indent) continue;
    const at = tabOffset(file, near, indent[0].length - 1);
    return {
      severity: "error",
      title: "tab in indentation",
      file: file.path,
      span: { file, start: at, end: at + 1 },
      label: "a tab",
      message: "YAML is indented with spaces only. Replace the tab by two spaces (most editors can do it for the whole file).",
    };
  }
  if (code === "MULTIPLE_DOCS")
    return {
      severity: "error",
      title: "more than one document",
      file: file.path,
      span,
      message: "A pipeline is one YAML document. Remove the `---` and what follows it.",
    };
  const text = message.split("\n")[0]!.replace(/\s+at line \d+, column \d+:?$/, "");
  return {
    severity: "error",
    title: "not valid YAML",
    file: file.path,
    span,
    message: `${text}.`,
  };
}

function tabOffset(file: SourceFile, line: number, column: number): number {
  let offset = 0;
  for (let index = 1; index < line; index++) offset = file.text.indexOf("\n", offset) + 1;
  return offset + column;
}

class Reader {
  #aliases = 0;
  readonly #resolving = new Set<Node>();
  constructor(
    readonly file: SourceFile,
    readonly contents: Node | null,
    readonly diagnostics: Diagnostic[],
  ) {
    this.#anchors = new Map();
    if (contents) this.#collect(contents);
  }
  readonly #anchors: Map<string, Node>;

  root(): (Value & { type: "map" }) | undefined {
    const value = this.contents ? this.#value(this.contents) : undefined;
    if (value?.type === "map") return value;
    this.diagnostics.push({
      severity: "error",
      title: "not a pipeline",
      file: this.file.path,
      ...(value ? { span: firstLine(value.span) } : {}),
      message: "A pipeline is a map with the key `stages:`. An example:\n\nstages:\n  digits: {kind: load, source: mnist}",
    });
    return undefined;
  }

  #collect(node: unknown): void {
    if (isPair(node)) {
      this.#collect(node.key);
      this.#collect(node.value);
    } else if (isMap(node) || isSeq(node)) {
      if (node.anchor) this.#anchors.set(node.anchor, node);
      for (const item of node.items) this.#collect(item);
    } else if (isScalar(node) && node.anchor) this.#anchors.set(node.anchor, node);
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 1];
    return { file: this.file, start, end: Math.max(end, start + 1) };
  }

  #report(span: Span, title: string, message: string, notes?: Diagnostic["notes"]): void {
    this.diagnostics.push({ severity: "error", title, file: this.file.path, span, message, ...(notes ? { notes } : {}) });
  }

  #value(node: Node): Value {
    const span = this.#span(node);
    if (isAlias(node)) return this.#alias(node.source, node, span);
    if (isMap(node)) return { type: "map", span, entries: this.#entries(node.items as { key: unknown; value: unknown }[], span) };
    if (isSeq(node)) return { type: "list", span, items: node.items.map((item) => (item === null ? this.#null(span) : this.#value(item as Node))) };
    const value = isScalar(node) ? node.value : null;
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return { type: "scalar", span, value };
    this.#report(span, "not a plain value", "A pipeline holds text, numbers, true, false, lists and maps only.");
    return this.#null(span);
  }

  #alias(name: string, node: Node, span: Span): Value {
    const target = this.#anchors.get(name);
    if (!target || this.#resolving.has(target) || ++this.#aliases > aliasLimit) {
      this.#report(
        span,
        "alias cannot be resolved",
        target ? `\`*${name}\` contains itself or is used more than ${aliasLimit} times.` : `There is no \`&${name}\`.`,
      );
      return this.#null(this.#span(node));
    }
    this.#resolving.add(target);
    const value = this.#value(target);
    this.#resolving.delete(target);
    return value;
  }

  #null(span: Span): Value {
    return { type: "scalar", span, value: null };
  }

  #entries(items: readonly { key: unknown; value: unknown }[], parent: Span): Entry[] {
    const seen = new Map<string, Span>();
    const entries: Entry[] = [];
    for (const item of items) {
      const keyNode = item.key as Node;
      const keySpan = keyNode?.range ? this.#span(keyNode) : parent;
      if (!isScalar(keyNode) || keyNode.value === null) {
        const trap = this.file.text.slice(Math.max(0, keySpan.start - 2), keySpan.start + 1).includes("$");
        this.#report(
          keySpan,
          trap ? "braces need quotes" : "a key must be a name",
          trap
            ? 'Inside {…} or […], YAML reads the braces of ${…} as its own: put it in quotes, such as {epochs: "${params.epochs}"}.'
            : "Write `name: value`.",
        );
        continue;
      }
      const key = String(keyNode.value);
      const first = seen.get(key);
      if (first) {
        this.#report(keySpan, "duplicate key", `\`${key}\` is given twice in the same map. Keep one of them.`, [{ span: first, label: "first here" }]);
        continue;
      }
      seen.set(key, keySpan);
      entries.push({ key, keySpan, value: item.value ? this.#value(item.value as Node) : this.#null(keySpan) });
    }
    return entries;
  }
}

/** The plain JSON of a value, with null-prototype maps so that `__proto__` is a key like any other. */
export function plain(value: Value): unknown {
  if (value.type === "scalar") return value.value;
  if (value.type === "list") return value.items.map(plain);
  const map: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const entry of value.entries) map[entry.key] = plain(entry.value);
  return map;
}
export function member(value: Value | undefined, key: string): Value | undefined {
  return value?.type === "map" ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}
