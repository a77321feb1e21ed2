/** `hw1 runs`: past runs, newest first. */

import { print, printPainted } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { renderRuns } from "../text/runs.js";
import { jsonText } from "../util/escape.js";
import { withStore } from "./shared.js";

export async function runs(flags: { readonly cache?: string; readonly json?: boolean }): Promise<number> {
  const records = await withStore(flags, (store) => store.runs(flags.json ? 1000 : 30));
  if (flags.json) print(`${jsonText(records)}\n`);
  else printPainted(renderRuns(records, { color: colorOnStdout({}) }));
  return 0;
}
