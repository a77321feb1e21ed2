/** Names of other stages in a stage's options, and what is said of those that name none. */
import type { Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { grouped } from "../util/numbers.js";
import { itemsOf, type Value } from "./document.js";
import { limits, overLimit } from "./limits.js";
import type { Report } from "./report.js";

/** A name in the file that means another stage, an output of it, or an element. */
export interface Reference {
  readonly option: string;
  readonly index: number;
  readonly stage: string;
  /** As written behind a dot; of an element that is told apart when the stage's keys are known. */
  readonly output: string;
  readonly element: ElementReference | null;
  readonly span: Span;
}
/** `net/3.model` before the keys of `net` are known. */
export interface ElementReference {
  /** What stands between the stage and the first slash: a stage of a search's trial. */
  readonly part: string;
  /** Behind that slash: keys, which may hold dots, and an output. */
  readonly path: string;
  readonly text: string;
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
    const { stage, output, element } = named(String(text));
    const isKnown = stageNames.includes(stage);
    if (isKnown && element && (input.option === "each" || input.option === "use")) {
      const { title, message } = oneElement(input.option, element.text, stage, stageName);
      report({ span: item.span, title, message });
      return [];
    }
    if (isKnown && !(input.option === "each" && output !== ""))
      return [{ option: input.option, index, stage, output, element, span: item.span }];
    const near = suggestion(stage, stageNames);
    const message =
      input.option === "each"
        ? `\`each: ${String(text)}\` names no stage.${near}`
        : `\`${stageName}\` reads \`${stage}\`, but there is no such stage.${near}`;
    report({ span: item.span, title: "no such stage", message, about: `stage ${stage}` });
    return [];
  });
}

function named(text: string): Pick<Reference, "stage" | "output" | "element"> {
  const slash = text.indexOf("/");
  const [stage = "", ...rest] = (slash < 0 ? text : text.slice(0, slash)).split(".");
  const behind = rest.join(".");
  if (slash < 0) return { stage, output: behind, element: null };
  return { stage, output: "", element: { part: behind, path: text.slice(slash + 1), text } };
}

/** `each` and `use` mean all elements. */
function oneElement(option: "each" | "use", text: string, stage: string, reader: string) {
  const title = `one element in \`${option}\``;
  if (option === "each")
    return {
      title,
      message:
        `\`each\` runs a stage once for every element of another, and \`${text}\` is one of them. ` +
        `Leave out \`each\`, and name the element where \`${reader}\` reads it, such as \`model: ${text}\`.`,
    };
  const part = text.includes(".") ? text.slice(text.lastIndexOf(".") + 1) : "trial";
  return {
    title,
    message:
      "`use` takes the settings of the element that the stage runs for. " +
      `Let \`${reader}\` have \`each: ${stage}\` and \`use: ${stage}.${part}\`; ` +
      `what reads one of its elements names that, such as \`${reader}/1\`.`,
  };
}
