/** `hw1 check FILE`: every mistake in the file, without running anything. */

import { renderDiagnostics } from "../diagnostic/render.js";
import { placeOf } from "../diagnostic/source.js";
import { print, sayPainted } from "../terminal/output.js";
import { escaped, jsonText } from "../util/escape.js";
import { plural } from "../util/words.js";
import { colorOnStderr, type FileFlags, readPipeline } from "./reading.js";

export async function check(path: string, flags: FileFlags): Promise<number> {
  const checked = readPipeline(path, flags);
  if (flags.json) {
    const diagnostics = checked.diagnostics.map(({ severity, file, span, title, message, name }) => ({
      severity,
      file,
      line: span ? placeOf(span.file, span.start).line : null,
      column: span ? placeOf(span.file, span.start).column : null,
      title,
      message,
      ...(name ? { name } : {}),
    }));
    print(`${jsonText({ diagnostics })}\n`);
    return checked.ok ? 0 : 2;
  }
  if (checked.diagnostics.length > 0)
    sayPainted(renderDiagnostics(checked.diagnostics, { color: colorOnStderr(flags) }));
  if (!checked.ok) return 2;
  const count = checked.value.stages.length;
  print(`${escaped(path)} is right: ${plural(count, "stage")}.\n`);
  return 0;
}
