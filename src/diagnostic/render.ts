/**
 * Diagnostic → text: place and title; the lines, underlined; what was found and wanted; what to do.
 *
 * Control characters of the file never reach the terminal: they are shown escaped, and the underline stays below what
 * it marks. Tabs are shown as a blank.
 */

import { escaped, escapedLines } from "../util/escape.js";
import { widthOf } from "../util/width.js";
import type { Diagnostic, Note, Span } from "./diagnostic.js";
import { lineText, placeOf } from "./source.js";

interface RenderOptions {
  readonly color?: boolean;
}

export function renderDiagnostic(diagnostic: Diagnostic, { color = false }: RenderOptions = {}): string {
  const paint = (code: string, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const tone = diagnostic.severity === "error" ? "31" : "33";
  // Of a file without a word there is nothing to show.
  const hasText = ({ span }: Note): boolean => span.file.text.trim() !== "";
  const place =
    diagnostic.span && hasText({ span: diagnostic.span, label: "" })
      ? placeOf(diagnostic.span.file, diagnostic.span.start)
      : undefined;
  const where = place ? `${diagnostic.file}:${place.line}:${place.column}` : diagnostic.file;
  const severity = diagnostic.severity === "warning" ? "warning: " : "";
  const lines = [`${paint("1", escaped(where))}  ${paint(`1;${tone}`, `${severity}${escaped(diagnostic.title)}`)}`];
  const marks: Note[] = [
    ...(diagnostic.span ? [{ span: diagnostic.span, label: diagnostic.label ?? "" }] : []),
    ...(diagnostic.notes ?? []),
  ];
  const shown = marks.filter(hasText);
  const width = Math.max(0, ...shown.map((mark) => String(placeOf(mark.span.file, mark.span.start).line).length)) + 2;
  for (const mark of shown) lines.push("", ...excerpt(mark, width, (text) => paint(tone, text)));
  lines.push("", ...escapedLines(diagnostic.message.replaceAll("\t", " ")).split("\n"));
  if (diagnostic.name) lines.push(`If it is meant: \`allow: [${diagnostic.name}]\` on the stage.`);
  return lines.join("\n");
}

function excerpt({ span, label }: Note, width: number, paint: (text: string) => string): string[] {
  const { line, column } = placeOf(span.file, span.start);
  const text = lineText(span.file, line);
  // A long line is shown around the mark.
  const from = column > 100 ? column - 60 : 1;
  const length = Math.max(1, Math.min(span.end - span.start, text.length - column + 1));
  const before = clean(text.slice(from - 1, column - 1));
  const marked = clean(text.slice(column - 1, Math.min(column - 1 + length, from + 140)));
  const underline = " ".repeat(widthOf(before)) + "^".repeat(Math.max(1, widthOf(marked)));
  const under = label ? `${underline} ${escaped(label)}` : underline;
  return [
    `${String(line).padStart(width)} │ ${clean(text.slice(from - 1, from + 139))}`,
    `${" ".repeat(width)} │ ${paint(under)}`,
  ];
}

const clean = (text: string): string => escaped(text.replaceAll("\t", " "));

/** All of them, in file order, a blank line between. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  return diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic, options)}\n`).join("\n");
}

/** File order; those without a place first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const at = (span: Span | undefined): number => span?.start ?? -1;
  return [...diagnostics].sort((a, b) => at(a.span) - at(b.span));
}
