/** `hw1 explain FILE STAGE`: what decides the stage's result, against the nearest earlier run. */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { leavesToTrial } from "../pipeline/kind.js";
import { planRun } from "../plan/plan.js";
import { differences, nearestRecord } from "../plan/reason.js";
import { type Step, stepKey } from "../plan/steps.js";
import { kinds } from "../stages/kinds.js";
import { print } from "../terminal/output.js";
import { canonical, type Json } from "../util/json.js";
import { formatDuration } from "../util/numbers.js";
import { checkStageNames, type FileFlags, pipelineOrReport } from "./reading.js";
import { checkEngine, withStore } from "./shared.js";

export async function explain(path: string, stageName: string, flags: FileFlags): Promise<number> {
  const pipeline = pipelineOrReport(path, flags);
  if (!pipeline) return 2;
  const ofOne = stageName.includes("/");
  checkStageNames(pipeline, "explain", [stageName.split("/", 1)[0]!.split(".", 1)[0]!]);
  checkEngine(flags.engine);
  const text = await withStore(flags, (store) => {
    const planned = planRun(pipeline, kinds, store, { engine: flags.engine });
    const lines: string[] = [];
    for (const [index, step] of planned.steps.entries()) {
      // A search by itself is the step that gathers; its cells, and what chose its rounds, are explained by their
      // names, such as `coarse/2-16-elu/3` and `coarse/rung-2`.
      if (ofOne ? step.key !== stageName : step.stage.name !== stageName || step.cell || step.chooses) continue;
      const { verdict, reason } = planned.planned[index]!;
      const label = stepKey(step.stage.name, step.element);
      lines.push(`${label} ${words[verdict]}: ${reason}`);
      const judged = planned.decisions.get(step.key)!;
      if (!judged.fingerprint) {
        if (verdict === "wait") lines.push(`  Its inputs are not known before that${leftText(step)}.`, "");
        continue;
      }
      const { document, digest } = judged.fingerprint;
      const nearest =
        judged.record ??
        nearestRecord(document, store.nearest(pipeline.name, step.stage.name, step.element, step.kind.name));
      lines.push("", `  fingerprint  ${digest}`);
      if (nearest) {
        const when = new Date(nearest.finishedAt).toISOString().replace("T", " ").slice(0, 19);
        const ran = `${when} UTC, took ${formatDuration(nearest.elapsedMs)}`;
        lines.push(
          `  ${judged.record ? "same as      " : "nearest      "}${nearest.fingerprint}`,
          `               ${stepKey(nearest.stage, nearest.element)} of ${nearest.pipeline}, ${ran}`,
        );
      } else lines.push("  nearest      none: nothing of this kind has run here");
      const changes = nearest ? differences(nearest.document, document) : [];
      if (changes.length > 0)
        lines.push(
          "",
          "  what differs, earlier → now",
          ...changes.map(({ path: place, before, after }) => `    ${place}: ${show(before)} → ${show(after)}`),
        );
      lines.push(
        "",
        "  what decides the result",
        ...leaves(document).map(([place, value]) => `    ${place}: ${value}`),
        "",
      );
    }
    return lines.join("\n");
  });
  if (text === "")
    throw new MistakeError({
      title: "no such element",
      message: `explain names \`${stageName}\`, but there is no such element.`,
    });
  print(`${text.trimEnd()}\n`);
  return 0;
}

/** What else is not known before winners are chosen. */
function leftText({ kind, stage }: Step): string {
  const { meanOption } = kind;
  return meanOption && leavesToTrial(kind, stage.given)
    ? `, nor what \`${meanOption.option}: ${meanOption.word}\` comes to`
    : "";
}

const words = { reuse: "is reused", run: "runs", wait: "waits" } as const;
const show = (value: Json | undefined): string => (value === undefined ? "(absent)" : canonical(value));

function leaves(value: Json, place = ""): readonly (readonly [string, string])[] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0)
      return entries.flatMap(([key, member]) => leaves(member, place === "" ? key : `${place}.${key}`));
  }
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object"))
    return value.flatMap((item, index) => leaves(item as Json, `${place}.${index}`));
  return [[place, canonical(value)]];
}
