/** Offsets into a source text as lines and columns, both from 1. */
import type { SourceFile, Span } from "./diagnostic.js";

interface Place {
  readonly line: number;
  readonly column: number;
}

const starts = new WeakMap<SourceFile, number[]>();

/** Offset at which each line begins; computed once per file. */
function lineStarts(file: SourceFile): readonly number[] {
  let found = starts.get(file);
  if (!found) {
    found = [0];
    for (let index = file.text.indexOf("\n"); index >= 0; index = file.text.indexOf("\n", index + 1))
      found.push(index + 1);
    starts.set(file, found);
  }
  return found;
}

export function placeOf(file: SourceFile, offset: number): Place {
  const lines = lineStarts(file);
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - lines[low]! + 1 };
}

/** The text of a line (from 1) without its end. */
export function lineText(file: SourceFile, line: number): string {
  const lines = lineStarts(file);
  return file.text.slice(lines[line - 1], lines[line] ?? file.text.length).replace(/\r?\n$/, "");
}

/** A span cut off at the end of its first line; never empty, so that it can be pointed at. */
export function firstLine(span: Span): Span {
  const end = span.file.text.indexOf("\n", span.start);
  return { ...span, end: Math.max(span.start + 1, end < 0 ? span.end : Math.min(span.end, end)) };
}
