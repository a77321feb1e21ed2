/** `hw1 runs`: past runs, newest first, and which test sets they opened. */

import { print, printPainted } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { renderRuns } from "../text/runs.js";
import { jsonText } from "../util/escape.js";
import { LedgerBook } from "./ledger.js";
import { withStore } from "./shared.js";

export async function runs(flags: { readonly cache?: string; readonly json?: boolean }): Promise<number> {
  const { listed, lost } = await withStore(flags, (store) => {
    const book = new LedgerBook(store);
    const listed = store.runs(flags.json ? 1000 : 30).map((run) => book.ofRun(run));
    return { listed, lost: book.ofLostRuns() };
  });
  if (flags.json) print(`${jsonText(listed)}\n`);
  else printPainted(renderRuns(listed, { color: colorOnStdout({}), lost }));
  return 0;
}
