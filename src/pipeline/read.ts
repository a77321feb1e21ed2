/**
 * Path → YAML document whose every value has a span.
 *
 * `yaml-file.ts` gives the text, `yaml-syntax.ts` the nodes. Here aliases are resolved as YAML 1.2 says, each by the
 * last anchor before it, and share one value, which is counted each time that it stands somewhere: a few lines cannot
 * ask for more than memory holds. Numbers that JavaScript cannot hold are refused, and so are merge keys, which YAML
 * 1.2 does not have.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { Checked, Diagnostic, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { firstLine } from "../diagnostic/source.js";
import type { Entry, PipelineDocument, Value } from "./document.js";
import { limits, overLimit } from "./limits.js";
import { diagnosticOf, EnoughError, keep, type PlacedMistake } from "./report.js";
import { Sizes } from "./sizes.js";
import { readPipelineText } from "./yaml-file.js";
import { parseYaml } from "./yaml-syntax.js";

export function readDocument(path: string): Checked<PipelineDocument> {
  const read = readPipelineText(path);
  return "text" in read ? readText(path, read.text) : { ok: false, diagnostics: [read.mistake] };
}

const example = "An example:\n\nstages:\n  digits: {kind: load, source: mnist}";
const noPipeline = `A pipeline is a map with the key \`stages:\`. ${example}`;

/** The same from text, for tests. */
export function readText(path: string, text: string): Checked<PipelineDocument> {
  const file: SourceFile = { path, text };
  const refuse = (mistake: PlacedMistake): Checked<never> => ({
    ok: false,
    diagnostics: [diagnosticOf(path, { ...mistake, span: { file, start: 0, end: 1 } })],
  });
  if (text.trim() === "") return refuse({ title: "empty file", message: `A pipeline needs \`stages:\`. ${example}` });
  const parsed = parseYaml(file);
  if ("mistakes" in parsed) return { ok: false, diagnostics: parsed.mistakes };
  const { contents } = parsed.document;
  if (contents === null) return refuse({ title: "not a pipeline", message: noPipeline });
  const diagnostics: Diagnostic[] = [];
  const reader = new Reader(file, diagnostics);
  const root = untilEnough(() => reader.root(contents as Node));
  if (root === undefined || diagnostics.length > 0) return { ok: false, diagnostics };
  return { ok: true, value: { file, root, aliased: reader.aliased }, diagnostics };
}

/** A value alone, such as that of `--set`; nothing written is null. */
export function readValue(path: string, text: string): Checked<Value> {
  const file: SourceFile = { path, text };
  const parsed = parseYaml(file);
  if ("mistakes" in parsed) return { ok: false, diagnostics: parsed.mistakes };
  const { contents } = parsed.document;
  const diagnostics: Diagnostic[] = [];
  const value: Value = contents
    ? new Reader(file, diagnostics).value(contents as Node)
    : { type: "scalar", span: { file, start: 0, end: 1 }, value: null };
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value, diagnostics };
}

function untilEnough<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EnoughError) return undefined;
    throw error;
  }
}

/** What an anchor names, from where it stands; nothing while its own value is read. */
interface Anchor {
  value: Value | undefined;
}

class Reader {
  readonly aliased = new Set<Value>();
  readonly #anchors = new Map<string, Anchor>();
  readonly #sizes = new Sizes();
  #aliases = 0;
  /** Values that aliases stand for. */
  #expanded = 0;
  /** Of a document that asked for too much, one mistake is told. */
  #isFull = false;
  constructor(
    readonly file: SourceFile,
    readonly diagnostics: Diagnostic[],
  ) {}

  root(contents: Node): (Value & { type: "map" }) | undefined {
    const value = this.#value(contents, 0);
    if (value.type === "map") return value;
    this.#report({ span: firstLine(value.span), title: "not a pipeline", message: noPipeline });
    return undefined;
  }

  value(contents: Node): Value {
    return this.#value(contents, 0);
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 1];
    return { file: this.file, start, end: Math.max(end, start + 1) };
  }

  #report(mistake: PlacedMistake): void {
    keep(this.diagnostics, diagnosticOf(this.file.path, mistake));
  }

  #value(node: Node, depth: number): Value {
    const span = this.#span(node);
    if (isAlias(node)) return this.#alias(node.source, span, depth);
    const anchor: Anchor = { value: undefined };
    const name = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (name !== undefined) this.#anchors.set(name, anchor);
    const value = this.#content(node, span, depth);
    anchor.value = value;
    return value;
  }

  #content(node: Node, span: Span, depth: number): Value {
    if (isMap(node))
      return { type: "map", span, entries: this.#entries(node.items as readonly Pair[], span, depth + 1) };
    if (isSeq(node))
      return {
        type: "list",
        span,
        items: node.items.map((item) => (item === null ? this.#null(span) : this.#value(item as Node, depth + 1))),
      };
    const value = isScalar(node) ? node.value : null;
    if (typeof value === "number") this.#number(value, (node as Scalar).source ?? String(value), span);
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const source = typeof value === "string" || !isScalar(node) ? undefined : node.source;
      return {
        type: "scalar",
        span,
        value,
        ...(source && (value === null || source !== String(value)) ? { source } : {}),
      };
    }
    this.#report({
      span,
      title: "not a plain value",
      message: "A pipeline holds text, numbers, true, false, lists and maps only.",
    });
    return this.#null(span);
  }

  /** A number is the one that was written, as near as a double comes; and finite. */
  #number(value: number, source: string, span: Span): void {
    if (Number.isNaN(value) || /^[-+]?\.inf/i.test(source))
      this.#report({
        span,
        title: "not a finite number",
        message: `\`${source}\` is no number to compute with. As text it goes in quotes: \`"${source}"\`.`,
      });
    else if (!Number.isFinite(value))
      this.#report({
        span,
        title: "number too large",
        message:
          `\`${source}\` is beyond the largest number, which is about 1.8e308. ` +
          `As text it goes in quotes: \`"${source}"\`.`,
      });
    else if (!Number.isSafeInteger(value) && /^[-+]?(\d+|0o[0-7]+|0x[\da-f]+)$/i.test(source))
      this.#report({
        span,
        title: "number with too many digits",
        message:
          `\`${source}\` would become ${value}: whole numbers are exact up to ${Number.MAX_SAFE_INTEGER}. ` +
          `As text it goes in quotes: \`"${source}"\`.`,
      });
  }

  #alias(name: string, span: Span, depth: number): Value {
    if (this.#isFull) return this.#null(span);
    const anchor = this.#anchors.get(name);
    if (!anchor?.value) {
      const why = anchor
        ? `\`*${name}\` stands inside what it names.`
        : `There is no \`&${name}\` before this place; an alias names what was written earlier.`;
      this.#report({ span, title: "alias cannot be resolved", message: why });
      return this.#null(span);
    }
    const title = "too many aliases";
    this.#aliases++;
    if (this.#aliases > limits.aliases.most)
      return this.#full({
        span,
        title,
        message: overLimit("aliases", "This file repeats more than a pipeline needs."),
      });
    const size = this.#sizes.of(anchor.value);
    if (depth + size.depth > limits.nesting.most)
      return this.#full({
        span,
        title: "nested too deeply",
        message: overLimit("nesting", `With \`*${name}\` here, lists and maps stand inside each other too deeply.`),
      });
    this.#expanded += size.values;
    if (this.#expanded > limits.values.most)
      return this.#full({
        span,
        title,
        message: overLimit("values", `With \`*${name}\` here, aliases repeat more than a pipeline needs.`),
      });
    this.aliased.add(anchor.value);
    return anchor.value;
  }
  #full(mistake: PlacedMistake & { readonly span: Span }): Value {
    this.#isFull = true;
    this.#report(mistake);
    return this.#null(mistake.span);
  }

  #null(span: Span): Value {
    return { type: "scalar", span, value: null };
  }

  #entries(items: readonly Pair[], parent: Span, depth: number): Entry[] {
    const seen = new Map<string, Span>();
    const entries: Entry[] = [];
    for (const item of items) {
      const keyNode = item.key as Node;
      const keySpan = keyNode?.range ? this.#span(keyNode) : parent;
      const key = this.#key(keyNode, keySpan, depth);
      // Read in any case: what is anchored here is named further down.
      const value = item.value ? this.#value(item.value as Node, depth) : this.#null(keySpan);
      if (key === undefined) continue;
      const first = seen.get(key);
      if (first) {
        this.#report({
          span: keySpan,
          title: "duplicate key",
          message: `\`${key}\` is given twice in the same map. Keep one of them.`,
          notes: [{ span: first, label: "first here" }],
        });
        continue;
      }
      seen.set(key, keySpan);
      entries.push({ key, keySpan, value });
    }
    return entries;
  }

  /** A key is a name, spelled as it was written: `1.0` is not `1`. */
  #key(node: Node, span: Span, depth: number): string | undefined {
    if (isScalar(node) && node.value !== null) {
      this.#anchorKey(node, span);
      if (node.value === "<<" && node.type === "PLAIN") {
        this.#report({
          span,
          title: "merge key",
          message:
            "`<<` is a merge key, which YAML 1.2 does not have. " +
            "Write the options out, or look up what they share as `${params.name}`; " +
            "an alias `*name` stands for a whole value.",
        });
        return undefined;
      }
      return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    }
    if (node && !isScalar(node) && !isAlias(node)) this.#value(node, depth);
    const trap = this.file.text.slice(Math.max(0, span.start - 2), span.start + 1).includes("$");
    this.#report({
      span,
      title: trap ? "braces need quotes" : "a key must be a name",
      message: trap
        ? "Inside {…} or […], YAML reads the braces of ${…} as its own: " +
          'put it in quotes, such as {epochs: "${params.epochs}"}.'
        : "Write `name: value`.",
    });
    return undefined;
  }

  #anchorKey(node: Scalar, span: Span): void {
    const { anchor, value } = node;
    if (anchor !== undefined)
      this.#anchors.set(anchor, { value: { type: "scalar", span, value: value as string | number | boolean } });
  }
}
interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}
