/** Names of other stages in a stage's options, and what is said of those that name none. */
import type { Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { grouped } from "../util/numbers.js";
import { itemsOf, type Value } from "./document.js";
import { limits, overLimit } from "./limits.js";
import type { Report } from "./report.js";

/** A name in the file that means another stage, or an output of it. */
export interface Reference {
  readonly option: string;
  readonly index: number;
  readonly stage: string;
  readonly output: string;
  readonly span: Span;
}

/** Stages that an option names: one, or a list where it takes several. */
export function referencesIn(
  value: Value | undefined,
  input: { readonly option: string; readonly many?: boolean },
  stageName: string,
  stageNames: readonly string[],
  report: Report,
): readonly Reference[] {
  if (value === undefined) return [];
  const items = input.many ? itemsOf(value) : [value];
  if (items.length > limits.references.most) {
    report({
      span: firstLine(value.span),
      title: "too many names",
      message: overLimit("references", `\`${input.option}\` names ${grouped(items.length)} stages.`),
    });
    return [];
  }
  return items.flatMap((item, index) => {
    const text = item.type === "scalar" ? item.value : null;
    if (typeof text !== "string" && input.option !== "each" && input.option !== "use") return [];
    const [stage, output] = [String(text).split(".")[0]!, String(text).split(".").slice(1).join(".")];
    if (stageNames.includes(stage) && !(input.option === "each" && output !== ""))
      return [{ option: input.option, index, stage, output, span: item.span }];
    const near = suggestion(stage, stageNames);
    const message =
      input.option === "each"
        ? `\`each: ${String(text)}\` names no stage.${near}`
        : `\`${stageName}\` reads \`${stage}\`, but there is no such stage.${near}`;
    report({ span: item.span, title: "no such stage", message, about: `stage ${stage}` });
    return [];
  });
}
