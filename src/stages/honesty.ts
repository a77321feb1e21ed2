/**
 * What a reviewer would object to, told while checking: fitting, stopping or choosing by what later scores, and
 * statistics taken over examples that are held out.
 *
 * Every port says which examples it holds (`PortInfo.rows`), a model also by which it was made (`PortInfo.learned`).
 * Two choices of examples have some in common where one was cut out of the other, or both by different cuts out of the
 * same; parts of one cut have none.
 */
import type { CheckContext } from "../pipeline/check-context.js";
import type { LearnedInfo, LoadedInfo, NormalizationInfo, PortInfo, RowsInfo } from "../pipeline/port-info.js";
import { areApart } from "../pipeline/rows-id.js";
import { plural } from "../util/words.js";
import { holdsTest } from "../values/dataset.js";
import { type Cut, reportBothSides } from "./both-sides.js";
import { sharedGroupsText } from "./groups.js";
import { areMany, rowsAmong } from "./same-rows.js";

type Report = CheckContext<unknown>["report"];
type Tuned = LearnedInfo & { readonly how: Exclude<LearnedInfo["how"], "trained"> };

function share(a: RowsInfo, b: RowsInfo): boolean {
  const [one, two] = [
    [a.id, ...a.within],
    [b.id, ...b.within],
  ];
  const above = one.findIndex((id) => two.includes(id));
  if (above < 0) {
    // What was merged stands under other ids than its parts.
    const [left, right] = [a.parts ?? a.merged ?? [], b.parts ?? b.merged ?? []];
    return left.some((part) => share(part, b)) || right.some((part) => share(a, part));
  }
  const [ours, theirs] = [one[above - 1], two[two.indexOf(one[above]!) - 1]];
  return ours === undefined || theirs === undefined || !areApart(ours, theirs);
}

const shares = (a: RowsInfo | undefined, b: RowsInfo | undefined): boolean =>
  a !== undefined && b !== undefined && share(a, b);

/**
 * Examples that are about to be parted into those that teach and those that judge: what the one part knows of the
 * other.
 *
 * @returns what parts are cut out of, with what was told: whoever reads them does not tell it again
 */
export function checkCut(
  what: "fold" | "split",
  data: PortInfo | undefined,
  cut: Cut,
  report: Report,
): PortInfo | undefined {
  checkPartedAnew(what, data, report);
  checkFilledBefore(what, data, report);
  const normalization = checkNormalisedBefore(what, data, report);
  reportBothSides(data, cut, report);
  const isOfTest = data?.isOfTest || isTestAlone(data?.split) || undefined;
  return data && { ...data, normalization, isOfTest, filled: undefined };
}

const isTestAlone = (split: string | undefined): boolean => split === "test";
/** Whether what trains or tunes by these examples knows of a test set. */
const teachesTest = (port: PortInfo | undefined): boolean => holdsTest(port?.split) || port?.isOfTest === true;

const stepDone = ({ method }: NormalizationInfo): string => (method === "impute" ? "filled" : "normalised");
const stepKind = ({ method }: NormalizationInfo): string => (method === "impute" ? "impute" : "normalize");

/** Statistics over them. */
function checkNormalisedBefore(
  what: "fold" | "split",
  data: PortInfo | undefined,
  report: Report,
): readonly NormalizationInfo[] | null | undefined {
  if (!data?.normalization) return data?.normalization;
  const leaks = data.normalization.filter(({ of }) => shares(of, data.rows));
  const [leak] = leaks;
  if (!leak) return data.normalization;
  const [each, part] = what === "fold" ? ["each: FOLDS, ", "FOLDS"] : ["", "PARTS"];
  const [noun, verb] = leak.method === "impute" ? ["imputation", "fill"] : (["normalisation", "normalise"] as const);
  report({
    severity: "warning",
    name: "normalised_before_folds",
    title: `${stepDone(leak)} before the ${what}`,
    message:
      `The statistics of the ${noun} are those of all examples, ` +
      `also of the ones that validate or test after this ${what}. Let \`data\` name them as they were before, ` +
      `and ${verb} the parts: \`{kind: ${stepKind(leak)}, ${each}data: ${part}.train}\` for training, ` +
      `the others with \`fit: ${part}.train\`.`,
    at: ["data"],
    notes: [{ span: leak.span, label: `${stepDone(leak)} here` }],
  });
  return data.normalization.map((step) => (leaks.includes(step) ? { ...step, isReported: true } : step));
}

/**
 * Test examples among others, which nothing tells apart behind the cut. Parts of a test set alone are known as such,
 * and doubted where they train.
 */
function checkPartedAnew(what: "fold" | "split", data: PortInfo | undefined, report: Report): void {
  if (!holdsTest(data?.split) || isTestAlone(data?.split)) return;
  report({
    severity: "warning",
    name: "tuned_on_test",
    title: "test examples parted anew",
    message:
      `\`data\` holds test examples, which this ${what} parts into some that train and some that validate, ` +
      "so a score on the test set says nothing of new ones any more. That is right where the parts take its place, " +
      `as in nested cross-validation; else leave the test examples out of this ${what}, and to one \`evaluate\`.`,
    at: ["data"],
    notes: data?.splitAt ? [{ span: data.splitAt, label: "test examples from here" }] : undefined,
  });
}

/** Means over all rows of a file that fill its gaps, and rows of it that are about to be held out. */
function checkFilledBefore(what: "fold" | "split", data: PortInfo | undefined, report: Report): void {
  if (!data?.filled) return;
  report({
    severity: "warning",
    name: "fitted_on_held_out",
    title: `filled before the ${what}`,
    message:
      "Missing cells were filled by the means of all training rows, also of the ones that validate or test after " +
      `this ${what}, so training knows of them. Let \`load\` leave such rows out (\`on_missing: drop_row\`), ` +
      "or keep the cells (`on_missing: keep`) for an `impute` stage, which fills those of the parts.",
    at: ["data"],
    notes: [{ span: data.filled, label: "filled here" }],
  });
}

const bySay = {
  stopped: "training is stopped by",
  steered: "the learning rate follows",
  none: "the validation loss is one of",
};

/**
 * What the training learns of examples that it should not know.
 *
 * @param say  what the validation set decides
 * @returns    by which examples the model is made
 */
export function checkTraining(
  { inputs, chosen = [], report, span }: Pick<CheckContext<unknown>, "inputs" | "chosen" | "report" | "span">,
  say: "stopped" | "steered" | null,
): readonly LearnedInfo[] {
  const { data, validation } = inputs;
  if (teachesTest(data))
    report({
      severity: "warning",
      name: "tuned_on_test",
      title: "trained on the test part",
      message:
        "`data` holds test examples, so that a score on them says nothing of new ones. " +
        "Train on the training examples alone, and leave the test examples to one `evaluate`.",
      at: ["data"],
    });
  if (shares(data?.rows, validation?.rows))
    report({
      severity: "warning",
      name: "scored_on_training_data",
      title: "validated on training examples",
      message:
        "`validation` holds examples that `data` holds, too, so that " +
        `${bySay[say ?? "none"]} what it has learned by heart. ` +
        "Cut validation examples off first, with `split` or `fold`.",
      at: ["validation"],
    });
  else if (teachesTest(validation))
    report({
      severity: "warning",
      name: "tuned_on_test",
      title: "tuned on the test part",
      message:
        "`validation` holds test examples. Whatever is stopped, compared or chosen by them knows of them, " +
        "so that a score on them flatters. Cut validation examples off the training examples with `split` or " +
        "`fold`, and leave the test examples to one `evaluate`.",
      at: ["validation"],
    });
  else if (!reportSameRows(data, validation, "validation", report))
    reportStatistics(data, validation, "validation", report);
  const learned = (from: Pick<PortInfo, "rows" | "loaded"> | undefined, how: LearnedInfo["how"]): LearnedInfo[] =>
    from?.rows ? [{ rows: from.rows, how, span: span(), loaded: from.loaded }] : [];
  return [
    ...learned(data, "trained"),
    ...(say ? learned(validation, say) : []),
    ...chosen.flatMap((rows) => learned({ rows }, "chosen")),
  ];
}

/**
 * The same of all elements that something gathers: what was cut out anew for each of them is any of what it was cut out
 * of, since what one holds out teaches another.
 *
 * @param redrawn  ids of examples that are others at other elements (`SourceScope.redrawn`)
 */
export function overElements(rows: RowsInfo, redrawn: ReadonlySet<string>): RowsInfo {
  const ids = [rows.id, ...rows.within];
  const [id, ...within] = ids.slice(ids.findLastIndex((one) => redrawn.has(one)) + 1);
  const all = (parts: readonly RowsInfo[] | undefined): readonly RowsInfo[] | undefined =>
    parts?.map((part) => overElements(part, redrawn));
  const [parts, merged] = [all(rows.parts), all(rows.merged)];
  return {
    ...rows,
    // What was cut out of nothing that is known stays what it is.
    ...(id === undefined ? {} : { id, within }),
    ...(parts ? { parts } : {}),
    ...(merged ? { merged } : {}),
  };
}

/** Whether the model is judged by what it was made of. */
export function checkJudging(model: PortInfo | undefined, data: PortInfo | undefined, report: Report): void {
  const isEnsemble = model?.ensemble !== undefined;
  const found = model?.learned?.filter(({ rows }) => shares(rows, data?.rows)) ?? [];
  const trained = found.find(({ how }) => how === "trained");
  const tuned = found.find((each): each is Tuned => each.how !== "trained");
  if (trained)
    report({
      severity: "warning",
      name: "scored_on_training_data",
      title: "scored on training examples",
      message:
        `\`data\` holds examples that ${isEnsemble ? "members of the ensemble have" : "the model has"} learned from, ` +
        "so the score says how well it remembers, not how well it does on new ones. Let `data` name examples that " +
        "were held out.",
      at: ["data"],
      notes: [{ span: trained.span, label: "learned from them" }],
    });
  else if (tuned) reportTuning(tuned, data, report);
  else if (!model?.learned?.some((learned) => reportSameRows(learned, data, "data", report)))
    reportStatistics(withStatistics(model), data, "data", report);
}

/**
 * Rows that are the same by content, loaded by different stages. What one stage loads it compares itself.
 *
 * @returns whether there are some
 */
function reportSameRows(
  learned: Pick<PortInfo, "loaded"> | LearnedInfo | undefined,
  judging: PortInfo | undefined,
  option: string,
  report: Report,
): boolean {
  const pairs = (learned?.loaded ?? []).flatMap((ours) => (judging?.loaded ?? []).map((theirs) => ({ ours, theirs })));
  for (const { ours, theirs } of pairs) {
    if (ours.id === theirs.id || ours.load === theirs.load) continue;
    const count = theirs.examples().data.count;
    const shared = rowsAmong(theirs.examples(), ours.examples());
    if (!areMany(shared, count)) continue;
    const how = learned && "how" in learned ? learned.how : "trained";
    report({
      severity: "warning",
      name: "rows_on_both_sides",
      title: "rows on both sides",
      message:
        `${plural(shared, "row")} of ${count} that were loaded for \`${option}\` ` +
        `${shared === 1 ? "has" : "have"} the features of rows that were loaded ` +
        `${how === "trained" ? "for training" : "for validation"}, so the same examples teach and judge, which ` +
        `flatters the score. Leave ${shared === 1 ? "it" : "them"} out of one of the two.`,
      at: [option],
      ...(learned && "how" in learned ? { notes: [{ span: learned.span, label: "learned from them" }] } : {}),
      about: `same rows ${ours.id} ${theirs.id}`,
    });
    return true;
  }
  reportSameGroups(pairs, option, learned && "how" in learned ? learned : undefined, report);
  return false;
}

/** The same of groups, such as patients of whom there are pictures in both: the examples are others. */
function reportSameGroups(
  pairs: readonly { readonly ours: LoadedInfo; readonly theirs: LoadedInfo }[],
  option: string,
  learned: LearnedInfo | undefined,
  report: Report,
): void {
  const by = learned === undefined || learned.how === "trained" ? "training" : "validation";
  const names = { judging: `examples in \`${option}\``, learned: `examples that were loaded for ${by}` };
  for (const { ours, theirs } of pairs) {
    const text = ours.load === theirs.load ? undefined : sharedGroupsText(theirs.examples(), ours.examples(), names);
    if (text === undefined) continue;
    report({
      severity: "warning",
      name: "group_on_both_sides",
      title: "groups on both sides",
      message: text,
      at: [option],
      ...(learned ? { notes: [{ span: learned.span, label: "learned from them" }] } : {}),
      about: `same groups ${ours.id} ${theirs.id}`,
    });
    return;
  }
}

/** Of an ensemble those of all members. */
function withStatistics(model: PortInfo | undefined): PortInfo | undefined {
  const members = model?.ensemble?.members;
  return model && members
    ? { ...model, normalization: members.flatMap(({ normalization }) => normalization ?? []) }
    : model;
}

/** What was decided by examples that have had a say. */
const decisions = {
  stopped: {
    decided: "the best epoch of the model was chosen",
    title: "scored on what stopped the training",
    label: "stopped by them",
  },
  steered: {
    decided: "the learning rates of the model were chosen",
    title: "scored on what steered the training",
    label: "steered by them",
  },
  chosen: {
    decided: "the settings of the model were chosen",
    title: "scored on what chose the settings",
    label: "with settings chosen by them",
  },
};

function reportTuning({ how, span }: Tuned, data: PortInfo | undefined, report: Report): void {
  const { decided, title, label } = decisions[how];
  const remedy = holdsTest(data?.split)
    ? "Let validation examples decide that, and test examples score alone."
    : "Let `data` name examples that had no say, such as a test set.";
  report({
    severity: "warning",
    name: "scored_on_tuning_data",
    title,
    message: `By the examples in \`data\` ${decided}, so the score flatters it. ${remedy}`,
    at: ["data"],
    notes: [{ span, label }],
  });
}

/**
 * Training examples that were normalised by statistics of those that judge. What was told where they were parted is not
 * told again.
 */
function reportStatistics(
  learned: PortInfo | undefined,
  judging: PortInfo | undefined,
  option: string,
  report: Report,
): void {
  const leak = learned?.normalization?.find(({ of, isReported }) => !isReported && shares(of, judging?.rows));
  if (leak)
    report({
      severity: "warning",
      name: "fitted_on_held_out",
      title: "statistics of held-out data",
      message:
        `The training examples were ${stepDone(leak)} by statistics of examples that \`${option}\` holds, too, ` +
        `so training knows of them. Let \`fit\` of that \`${stepKind(leak)}\` name the training examples alone.`,
      at: [option],
      notes: [{ span: leak.span, label: `${stepDone(leak)} here` }],
    });
}

/** Classes of which some folds must lack examples. */
export function rareText(
  classes: readonly string[],
  counts: readonly number[],
  k: number,
  of: "examples" | "groups" = "examples",
): string | undefined {
  const rare = classes.flatMap((name, index) => (counts[index]! < k ? [{ name, count: counts[index]! }] : []));
  if (rare.length === 0) return undefined;
  const shown = rare.slice(0, 5).map(({ name, count }) => `\`${name}\` has ${count === 0 ? "none" : count}`);
  const more = rare.length > 5 ? `, and ${rare.length - 5} more have too few` : "";
  return (
    `With \`k: ${k}\` every class needs at least ${k} ${of} to be in every fold, ` +
    `but ${shown.join(", ")}${more}. In the other folds the metrics of such a class are undefined. ` +
    `Use fewer folds, or add ${of}.`
  );
}
