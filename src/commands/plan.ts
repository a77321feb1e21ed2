/** `hw1 plan FILE`: what would run, and why. Exit 10 when there is something to do. */

import { planRun } from "../plan/plan.js";
import { kinds } from "../stages/kinds.js";
import { colorOnStdout } from "../terminal/color.js";
import { print, printPainted } from "../terminal/output.js";
import { renderPlan } from "../terminal/plan-text.js";
import { jsonText } from "../util/escape.js";
import { checkEngine, columns, type FileFlags, pipelineOrTell, withStore } from "./shared.js";

export async function plan(path: string, flags: FileFlags): Promise<number> {
  const pipeline = pipelineOrTell(path, flags);
  if (!pipeline) return 2;
  checkEngine(flags.engine);
  const { planned, searches } = await withStore(flags, (store) => planRun(pipeline, kinds, store, { engine: flags.engine }));
  const count = (verdict: string): number => planned.filter((step) => step.verdict === verdict).length;
  if (flags.json) {
    const steps = planned.map(({ stage, element, verdict, reason, estimateMs }) => ({ stage, element, verdict, reason, estimateMs }));
    print(`${jsonText({ steps, reuse: count("reuse"), run: count("run"), wait: count("wait") })}\n`);
  } else printPainted(renderPlan(planned, { color: colorOnStdout(flags), columns: columns() }, searches));
  return count("run") + count("wait") > 0 ? 10 : 0;
}
