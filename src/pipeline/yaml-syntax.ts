/**
 * Text → the YAML document, or its mistakes of syntax with their places.
 *
 * YAML 1.2, core schema, one document, without directives, tags beyond the core's, and merge keys. The parser is asked
 * piece by piece: how many words there are and how deeply they nest is known before anything calls itself that often.
 * Duplicate keys are found in `read.ts`, because the parser's own search is quadratic.
 */
import { Composer, type CST, type Document, Lexer, Parser } from "yaml";
import type { Diagnostic, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { lineText, placeOf } from "../diagnostic/source.js";
import { limits, overLimit } from "./limits.js";
import { diagnosticOf, type PlacedMistake } from "./report.js";

type Parsed = { readonly document: Document } | { readonly mistakes: readonly Diagnostic[] };

export function parseYaml(file: SourceFile): Parsed {
  const mistakes: Diagnostic[] = [];
  // What follows the first error of syntax is mostly its echo, so one is told; but bare braces are found one by one, as
  // long as that is quick.
  let rounds = Math.max(1, Math.min(50, Math.floor(limits.tokens.most / file.text.length)));
  for (let masked = file.text; ; ) {
    const parsed = parse({ ...file, text: masked });
    if ("mistake" in parsed)
      return { mistakes: [...mistakes, { ...parsed.mistake, ...spanIn(file, parsed.mistake.span) }] };
    const { document, isOne } = parsed;
    const [error] = document.errors;
    if (!error) {
      if (mistakes.length === 0) mistakes.push(...foreign(file, document));
      if (!isOne)
        mistakes.push(
          mistakeAt(file, [placeOfSecond(document, file), file.text.length], {
            title: "more than one document",
            message: oneDocument,
          }),
        );
      return mistakes.length > 0 ? { mistakes } : { document };
    }
    const braces = bareBraces(masked, error.pos[0]);
    mistakes.push(braces ? braceMistake(file, braces) : yamlMistake(file, error.pos, error.message));
    if (!braces || --rounds <= 0) return { mistakes };
    masked = `${masked.slice(0, braces.start)}${"_".repeat(braces.end - braces.start)}${masked.slice(braces.end)}`;
  }
}

const oneDocument = "A pipeline is one YAML document. Remove the `---` and what follows it.";
const spanIn = (file: SourceFile, span: Span | undefined): { readonly span?: Span } =>
  span ? { span: { ...span, file } } : {};

function parse(
  file: SourceFile,
): { readonly document: Document; readonly isOne: boolean } | { readonly mistake: Diagnostic } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(file.text)) {
    if (++count > limits.tokens.most)
      return {
        mistake: mistakeAt(file, [parser.offset, parser.offset + 1], {
          title: "too many values",
          message: overLimit("tokens", "This file has more words and signs than a pipeline needs."),
        }),
      };
    for (const token of parser.next(lexeme)) tokens.push(token);
  }
  for (const token of parser.end()) tokens.push(token);
  const deep = tooDeep(tokens);
  if (deep !== undefined)
    return {
      mistake: mistakeAt(file, [deep, deep + 1], {
        title: "nested too deeply",
        message: overLimit("nesting", "Lists and maps stand inside each other here more deeply than a pipeline needs."),
      }),
    };
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    strict: true,
    uniqueKeys: false,
    prettyErrors: false,
    merge: false,
    resolveKnownTags: false,
  });
  const [document, ...more] = composer.compose(tokens, true, file.text.length) as Iterable<Document>;
  return { document: document!, isOne: more.length === 0 };
}

/** Where the first value begins that is nested more deeply than is possible. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > limits.nesting.most + 1) return token.offset;
    if (token.type === "document") {
      if (token.value) open.push({ token: token.value, depth: depth + 1 });
    } else if ("items" in token)
      for (const { key, value } of token.items) {
        if (key) open.push({ token: key, depth: depth + 1 });
        if (value) open.push({ token: value, depth: depth + 1 });
      }
  }
  return undefined;
}

/**
 * What YAML allows and a pipeline does not: another version of YAML, which reads `no` as false, and tags, which make
 * other values of a text.
 */
function foreign(file: SourceFile, document: Document): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const yaml = document.directives?.yaml;
  if (yaml?.explicit && yaml.version !== "1.2")
    found.push(
      mistakeAt(file, placeOfText(file, "%YAML"), {
        title: "another version of YAML",
        message:
          `A pipeline is YAML 1.2, but this line asks for ${yaml.version}. ` + "Remove the line, or write `%YAML 1.2`.",
      }),
    );
  for (const warning of document.warnings) {
    const tag = file.text.slice(warning.pos[0], warning.pos[1]).trim();
    if (warning.code === "TAG_RESOLVE_FAILED")
      found.push(
        mistakeAt(file, warning.pos, {
          title: "unknown tag",
          message:
            `\`${tag}\` is a tag that a pipeline does not know. Write the value without it; ` +
            "text that looks like a number goes in quotes.",
        }),
      );
    else
      found.push(
        mistakeAt(file, warning.pos, { title: "not valid YAML", message: `${plainMessage(warning.message)}.` }),
      );
  }
  return found;
}

function placeOfText(file: SourceFile, text: string): readonly [number, number] {
  const start = Math.max(0, file.text.indexOf(text));
  const end = file.text.indexOf("\n", start);
  return [start, end < 0 ? file.text.length : end];
}

/** The `---` that begins the second document. */
function placeOfSecond(document: Document, file: SourceFile): number {
  const from = document.range?.[2] ?? 0;
  const at = file.text.slice(from).search(/\S/);
  return at < 0 ? Math.min(from, file.text.length - 1) : from + at;
}

function mistakeAt(
  file: SourceFile,
  [start, end]: readonly [number, number],
  mistake: Omit<PlacedMistake, "span">,
): Diagnostic {
  const from = Math.min(start, Math.max(0, file.text.length - 1));
  const span = { file, start: from, end: Math.max(from + 1, Math.min(end, file.text.length)) };
  return diagnosticOf(file.path, { ...mistake, span });
}

/** An unquoted ${…} on the line of an error, at the error or just before it. */
function bareBraces(text: string, error: number): { readonly start: number; readonly end: number } | undefined {
  const line = text.lastIndexOf("\n", error - 1) + 1;
  const end = text.indexOf("\n", error);
  for (const match of text.slice(line, end < 0 ? text.length : end).matchAll(/\$\{[^{}\n]*\}/g)) {
    const start = line + match.index;
    const quoted = /["']/.test(text[start - 1] ?? "");
    if (quoted || error < start || error > start + match[0].length) continue;
    // The text around it belongs into the same quotes.
    const before = /[\w./-]*$/.exec(text.slice(Math.max(line, start - 200), start))![0].length;
    const after = /^[\w./-]*/.exec(text.slice(start + match[0].length, start + match[0].length + 200))![0].length;
    return { start: start - before, end: start + match[0].length + after };
  }
  return undefined;
}

function braceMistake(file: SourceFile, { start, end }: { readonly start: number; readonly end: number }): Diagnostic {
  return mistakeAt(file, [start, end], {
    title: "braces need quotes",
    message:
      "Inside {…} or […], YAML reads the braces of `${…}` as its own. Put it in quotes: " +
      `\`"${file.text.slice(start, end)}"\`.`,
  });
}

function yamlMistake(file: SourceFile, pos: readonly [number, number], message: string): Diagnostic {
  const line = placeOf(file, Math.min(pos[0], Math.max(0, file.text.length - 1))).line;
  for (const near of [line, line - 1]) {
    if (near < 1) continue;
    const indent = /^[ ]*\t/.exec(lineText(file, near));
    if (!indent) continue;
    const at = tabOffset(file, near, indent[0].length - 1);
    return mistakeAt(file, [at, at + 1], {
      title: "tab in indentation",
      message:
        "YAML is indented with spaces only. " +
        "Replace the tab by two spaces (most editors can do it for the whole file).",
      label: "a tab",
    });
  }
  return mistakeAt(file, pos, { title: "not valid YAML", message: `${plainMessage(message)}.` });
}

const plainMessage = (message: string): string => message.split("\n")[0]!.replace(/\s+at line \d+, column \d+:?$/, "");

function tabOffset(file: SourceFile, line: number, column: number): number {
  let offset = 0;
  for (let index = 1; index < line; index++) offset = file.text.indexOf("\n", offset) + 1;
  return offset + column;
}
