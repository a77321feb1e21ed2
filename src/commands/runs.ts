/** `hw1 runs`: past runs, newest first. */
import { colorOnStdout } from "../terminal/color.js";
import { renderRuns } from "../terminal/runs-text.js";
import { withStore } from "./shared.js";

export async function runs(flags: { readonly cache?: string; readonly json?: boolean }): Promise<number> {
  const records = await withStore(flags, (store) => store.runs(flags.json ? 1000 : 30));
  process.stdout.write(flags.json ? `${JSON.stringify(records)}\n` : renderRuns(records, { color: colorOnStdout({}) }));
  return 0;
}
