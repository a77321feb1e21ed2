/** `hw1 plan FILE`: what would run, and why. Exit 10 when there is something to do. */

import { hasWork, planRun } from "../plan/plan.js";
import { kinds } from "../stages/kinds.js";
import { print, printPainted } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { renderPlan } from "../text/plan.js";
import { jsonText } from "../util/escape.js";
import { type FileFlags, pipelineWithWarnings } from "./reading.js";
import { checkEngine, columns, withStore } from "./shared.js";

export async function plan(path: string, flags: FileFlags): Promise<number> {
  const checked = pipelineWithWarnings(path, flags);
  if (!checked) return 2;
  const { pipeline, warnings } = checked;
  checkEngine(flags.engine);
  const found = await withStore(flags, (store) => planRun(pipeline, kinds, store, { engine: flags.engine }));
  const { planned, searches } = found;
  warnings.report(hasWork(found));
  const count = (verdict: string): number => planned.filter((step) => step.verdict === verdict).length;
  if (flags.json) {
    const steps = planned.map(({ stage, element, verdict, reason, estimateMs, epochs }) => ({
      stage,
      element,
      verdict,
      reason,
      estimateMs,
      ...(epochs ? { epochs } : {}),
    }));
    const counts = { reuse: count("reuse"), run: count("run"), wait: count("wait") };
    print(`${jsonText({ steps, ...counts, ...(searches.length > 0 ? { searches } : {}) })}\n`);
  } else printPainted(renderPlan(planned, { color: colorOnStdout(flags), columns: columns() }, searches));
  return hasWork(found) ? 10 : 0;
}
