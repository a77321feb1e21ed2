/** What is said of a model that consists of several: how many, by which rule, and each of them in a line. */
import { canonical } from "../util/json.js";
import { plural } from "../util/words.js";
import { elementText } from "./axes.js";
import { type EnsembleData, ensembleOf, parameterCountOf, trainingText } from "./model.js";
import type { Output } from "./output.js";
import type { Preview } from "./preview.js";

/** Of a longer list the beginning is shown. */
const mostMembers = 20;

/** `mean of 10 members`, `votes of 3 members` */
export const ensembleHeadline = (output: Output<"model">): string => headlineOf(dataOf(output));
const headlineOf = ({ rule, members }: EnsembleData): string =>
  `${rule === "vote" ? "votes" : "mean"} of ${plural(members.length, "member")}`;

export function ensemblePreview(output: Output<"model">): Preview {
  const ensemble = dataOf(output);
  const { members, from } = ensemble;
  const parameters = members.map(parameterCountOf);
  const total = parameters.reduce((sum, count) => sum + count, 0);
  const more = members.length - mostMembers;
  const losses = new Set(members.map(({ loss, lossSettings = {} }) => canonical([loss, lossSettings])));
  const rows = members
    .slice(0, mostMembers)
    .map((model, index) => [
      String(index + 1),
      placeText(ensemble, from[index]!),
      String(parameters[index]),
      trainingText(model),
    ]);
  return [
    { type: "heading", title: "Members", more: `: the ${headlineOf(ensemble)} (${total} parameters)` },
    { type: "columns", rows: [["member", "of", "parameters", ""], ...rows] },
    ...(more > 0 ? [aside(`… ${more} more (\`--json\` lists all)`)] : []),
    ...(losses.size > 1 ? [aside("they learned by different losses, so that the whole has none of its own")] : []),
  ];
}
const dataOf = (output: Output<"model">): EnsembleData => {
  const found = ensembleOf(output);
  if (!found) throw new Error("hw1 bug: a model that is no ensemble");
  return found;
};
const aside = (line: string) => ({ type: "lines", lines: [`  ${line}`], isAside: true }) as const;

/** Which of the names, where there are several, and which element. */
function placeText({ from, over = [] }: EnsembleData, { source, element }: EnsembleData["from"][number]): string {
  const name = new Set(from.map((each) => each.source)).size > 1 ? [`model ${source + 1}`] : [];
  return [...name, ...(element === null ? [] : [elementText(element, over[source] ?? [])])].join(", ");
}
