/** `hw1 check FILE`: every mistake in the file, and with `--verbose` its networks, without running anything. */

import { renderDiagnostics } from "../diagnostic/render.js";
import { placeOf } from "../diagnostic/source.js";
import { print, printPainted, sayPainted } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { previewText } from "../text/preview.js";
import { escaped, jsonText } from "../util/escape.js";
import { plural } from "../util/words.js";
import { networksPreview } from "../values/network.js";
import { networksIn } from "./networks.js";
import { colorOnStderr, type FileFlags, readPipeline } from "./reading.js";
import { columns } from "./shared.js";

export interface CheckFlags extends FileFlags {
  /** Tells each network too. */
  readonly verbose?: boolean;
}

export async function check(path: string, flags: CheckFlags): Promise<number> {
  const checked = readPipeline(path, flags);
  const networks = flags.verbose && checked.ok ? networksIn(checked.value.stages) : [];
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
    print(`${jsonText({ diagnostics, ...(flags.verbose ? { networks } : {}) })}\n`);
    return checked.ok ? 0 : 2;
  }
  if (checked.diagnostics.length > 0)
    sayPainted(renderDiagnostics(checked.diagnostics, { color: colorOnStderr(flags) }));
  if (!checked.ok) return 2;
  const count = checked.value.stages.length;
  print(`${escaped(path)} is right: ${plural(count, "stage")}.\n`);
  if (networks.length > 0) {
    const options = { color: colorOnStdout(flags), columns: columns() };
    printPainted(`${previewText(networksPreview(networks, "trial"), options).join("\n")}\n`);
  }
  return 0;
}
