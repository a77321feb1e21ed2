/**
 * What check time says of a `load`: its outputs, as far as options, headers and small files tell, and the mistakes in
 * them. Nothing is kept.
 */
import { normalize } from "node:path";
import { type Mistake, MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { digestJson } from "../util/digest.js";
import { plural } from "../util/words.js";
import type { Dataset } from "../values/dataset.js";
import { checkCsv as readForCheck } from "./csv-files.js";
import { type Classes, type DeclaredClasses, repeatedClass } from "./csv-labels.js";
import { columnMistakes, csvParts, featuresOfOptions, targetsOf } from "./csv-options.js";
import { twiceIn } from "./csv-words.js";
import { areCentredImages, classNames, countsOf, rowsOf } from "./dataset.js";
import { sharedGroups } from "./groups.js";
import type { CsvResult } from "./load-csv.js";
import { checkIdxPair } from "./load-idx.js";
import { checkImages } from "./load-images-check.js";
import { npyParts } from "./load-npy.js";
import type { LoadOptions, OptionsOf } from "./load-options.js";
import { namedFiles } from "./load-paths.js";
import { makeGappedCurve } from "./load-synthetic.js";
import { describedPair, type NamedArray, type PartName } from "./npy-arrays.js";
import { channelsFirst, checkAlike, type NpyInfo, pairInfo } from "./npy-shapes.js";
import { withoutSlash } from "./picture-folder.js";
import { checkPins } from "./pinned.js";
import { orderOf } from "./profile.js";
import { areMany, copiesIn, rowsAmong } from "./same-rows.js";
import { digitCounts, digitShape } from "./synthetic-digits.js";

/** What it will leave, by output. */
export function checkLoad(context: CheckContext<LoadOptions>): Ports {
  const { options, span } = context;
  const origin = span("classes" in options && options.classes !== undefined ? ["classes"] : ["source"]);
  const port = (split: string, known: Partial<PortInfo>): PortInfo => ({
    type: "dataset",
    shape: null,
    count: null,
    classes: declaredNames(options),
    origin,
    split,
    splitAt: span("split" in options && options.split ? ["split", split] : [split in options ? split : "source"]),
    featureNames: namedFeatures(options),
    targetNames: "target" in options ? targetsOf(options.target) : ["label"],
    normalization: [],
    rows: { id: rowsId(context, split), within: [] },
    ...("group" in options && options.group !== undefined ? { group: options.group } : {}),
    ...("order" in options && options.order !== undefined ? { order: options.order } : {}),
    ...("on_missing" in options && options.on_missing === "keep" ? { hasGaps: true } : {}),
    ...known,
  });
  if ("sha256" in options) checkPins(options.sha256, context.folder, namedFiles(options), context.report);
  switch (options.source) {
    case "mnist": {
      const known = { shape: [28, 28, 1], classes: classNames(10), isCentred: () => true };
      return { train: port("train", { ...known, count: 60000 }), test: port("test", { ...known, count: 10000 }) };
    }
    case "idx":
      return checkIdx(options, context, port);
    case "npy":
      return checkNpy(options, context, port);
    case "csv":
      return checkCsv(options, context, port);
    case "images":
      return checkImages(options, context, port);
    case "synthetic":
      return checkSynthetic(options, context, port);
  }
}

/** Undefined where only the file knows them. */
function declaredNames(options: LoadOptions): PortInfo["classes"] {
  if (!("classes" in options)) return null;
  return options.classes === "auto" ? undefined : classNames(options.classes);
}

/** Undefined or null where only the file knows them. */
function namedFeatures(options: LoadOptions): PortInfo["featureNames"] {
  if (options.source === "csv") return featuresOfOptions(options) ?? null;
  return "target" in options ? null : [];
}

function rowsId({ options, identity }: CheckContext<LoadOptions>, split: string): string {
  switch (options.source) {
    case "csv":
      return csvRows(options, split);
    case "npy":
      return npyRows(options, split);
    case "idx": {
      const pair = options[split as "train" | "test"];
      return digestJson({ images: normalize(pair?.images ?? "") });
    }
    case "images":
      return digestJson({ pictures: normalize(withoutSlash(options[split as "train" | "test"] ?? "")) });
    default:
      return `${identity()}.${split}`;
  }
}

/** Says which array a part's features are, whatever its labels. */
function npyRows(options: OptionsOf<"npy">, split: string): string {
  const part = options[split as PartName];
  return digestJson({ file: part?.file ? normalize(part.file) : null, features: normalize(part?.features ?? "") });
}

/** Says which rows of which file a part holds, whatever columns of them are read. */
function csvRows(
  { split: column, features, leave_out, target, missing, on_missing, on_missing_target, ...options }: OptionsOf<"csv">,
  part: string,
): string {
  const file = normalize(options[part as "train" | "test"] ?? options.file ?? "");
  const words = column && [column.column, column[part as "train"] ?? null];
  const byTarget = on_missing_target === "drop_row" ? { missing, target } : null;
  const left =
    on_missing === "drop_row"
      ? { missing, features: features ?? null, target, ...(leave_out ? { leave_out } : {}) }
      : byTarget;
  return digestJson({ file, words, left, header: options.header, delimiter: options.delimiter });
}

type Checking = Pick<CheckContext<LoadOptions>, "folder" | "report" | "seed" | "span" | "identity">;
type Port = (split: string, known: Partial<PortInfo>) => PortInfo;
type Ports = Readonly<Record<string, PortInfo>>;

function checkIdx(options: OptionsOf<"idx">, { folder, report }: Checking, port: Port): Ports {
  const outputs: Record<string, PortInfo> = {};
  for (const name of ["train", "test"] as const) {
    const pair = options[name];
    if (!pair) continue;
    outputs[name] = port(name, {});
    try {
      outputs[name] = port(name, checkIdxPair(folder, pair));
    } catch (error) {
      reportError(error, [name], report);
    }
  }
  return outputs;
}

function checkNpy(options: OptionsOf<"npy">, { folder, report }: Checking, port: Port): Ports {
  const outputs: Record<string, PortInfo> = {};
  let first: { readonly info: NpyInfo; readonly from: NamedArray } | undefined;
  const names = options.feature_names;
  const twice = twiceIn(names ?? []);
  if (twice !== undefined)
    report({
      title: "a feature twice",
      message: `\`feature_names\` has \`${twice}\` twice. Name each column by itself.`,
      at: ["feature_names"],
    });
  const classes = classesOf(options);
  const repeated = classes?.areNamed ? repeatedClass(classes.names) : undefined;
  if (repeated) report(repeated);
  for (const [name, part] of npyParts(options)) {
    outputs[name] = port(name, {});
    const fail = (mistake: unknown): void => reportError(mistake, [name], report);
    const pair = describedPair(folder, name, part, fail);
    if (!pair) continue;
    try {
      // What names say wrongly of one part they say wrongly of the others: the first is told.
      const info = pairInfo(pair, classes !== null, first ? [] : names);
      const { count, shape, targetNames } = info;
      outputs[name] = port(name, { count, shape, targetNames, featureNames: names ?? [] });
      first ??= { info, from: pair.features.from };
      checkAlike(first.info, first.from, info, pair.features.from);
    } catch (error) {
      fail(error);
    }
  }
  const doubt = first && channelsFirst(first.info, first.from);
  if (doubt) report(doubt);
  return outputs;
}

function checkCsv(options: OptionsOf<"csv">, { folder, report, span, identity }: Checking, port: Port): Ports {
  if (!namesFiles(options, report))
    return { train: port("train", {}), validation: port("validation", {}), test: port("test", {}) };
  const outputs: Record<string, PortInfo> = Object.fromEntries(csvParts(options).map((part) => [part, port(part, {})]));
  const mistakes = columnMistakes(options, declaredClasses(options));
  for (const mistake of mistakes) report(mistake);
  if (mistakes.length > 0) return outputs;
  const found = checkFiles(folder, options, report);
  for (const part of csvParts(options)) {
    const output = found.outputs[part];
    outputs[part] = port(part, output ? tableKnown(output, found, options) : namesOf(found, options));
  }
  reportSharedRows(found.outputs, options, report);
  for (const { part, text } of sharedGroups(found.outputs))
    report({
      title: "groups on both sides",
      message: text,
      at: options.split ? ["split", part] : [part],
      severity: "warning",
      name: "group_on_both_sides",
    });
  const lacked = Object.keys(found.outputs.train?.data.missing ?? {});
  const areFilled = options.on_missing === "mean" && !lacked.every((name) => targetsOf(options.target).includes(name));
  const filled = areFilled ? span(["on_missing"]) : undefined;
  const read = withContents(outputs, found.outputs, identity());
  return Object.fromEntries(Object.entries(read).map(([part, known]) => [part, { ...known, filled }]));
}

/** What stands in several outputs of one `load`. */
function reportSharedRows(
  { train, ...others }: CsvResult["outputs"],
  options: OptionsOf<"csv">,
  report: Checking["report"],
): void {
  for (const part of ["validation", "test"] as const) {
    const judging = others[part];
    // One file that is both is told where it judges.
    const isOther = csvRows(options, part) !== csvRows(options, "train");
    const shared = train && judging && isOther ? rowsAmong(judging, train) : 0;
    if (!judging || !areMany(shared, judging.data.count)) continue;
    report({
      title: `${part} rows seen in training`,
      message:
        `${plural(shared, "row")} of the ${judging.data.count} ${part} rows ${shared === 1 ? "has" : "have"} the ` +
        `features of a training row, so that a score on them says how well a model remembers. Leave ` +
        `${shared === 1 ? "it" : "them"} out of one of the two.`,
      at: options.split ? ["split", part] : [part],
      severity: "warning",
      name: "test_rows_in_training",
    });
  }
}

/** Ports that know their rows: those that are there again, and all for whoever meets them. */
function withContents(ports: Ports, outputs: Readonly<Record<string, Dataset>>, load: string): Ports {
  return Object.fromEntries(
    Object.entries(ports).map(([part, port]) => {
      const output = outputs[part];
      if (!output || !port.rows) return [part, port];
      const copies = copiesIn(output);
      const rows = areMany(copies, output.data.count) ? { ...port.rows, repeats: copies } : port.rows;
      return [part, { ...port, rows, loaded: [{ id: rows.id, load, examples: () => output }] }];
    }),
  );
}
function tableKnown(output: Dataset, { rounded }: CsvResult, { on_missing }: OptionsOf<"csv">): Partial<PortInfo> {
  const { missing, reading, targetNames } = output.data;
  const words = new Set(
    reading?.of === "table" ? reading.columns.flatMap(({ as, name }) => (as === "category" ? [name] : [])) : [],
  );
  const hasGaps =
    on_missing === "keep" && Object.keys(missing ?? {}).some((name) => !words.has(name) && !targetNames.includes(name));
  return { ...knownOf(output), rounded, ...(on_missing === "keep" ? { hasGaps } : {}) };
}

/** What is known of a file that is too large to be read whole, or has a mistake. */
const namesOf = ({ features, classes }: CsvResult, options: OptionsOf<"csv">): Partial<PortInfo> => ({
  ...(features ? { shape: [features.length], featureNames: features } : {}),
  ...(options.classes === "auto" && classes ? { classes } : {}),
});

function checkFiles(folder: string, options: OptionsOf<"csv">, report: Checking["report"]): CsvResult {
  // What an option says wrongly of one file it says wrongly of the others: the first is told.
  const reported = new Set<string>();
  const found = readForCheck(folder, options, declaredClasses(options), (mistake, { option }) => {
    const about = mistake.at.length > 0 ? `${mistake.title} ${mistake.at.join(".")}` : "";
    if (about === "" || !reported.has(about)) reportError(mistake, [option], report);
    reported.add(about);
  });
  for (const remark of found.remarks) report(remark);
  return found;
}

/** Of a CSV training rows may tell them. */
export const declaredClasses = ({ classes }: Pick<OptionsOf<"csv">, "classes">): DeclaredClasses =>
  classes === "auto" ? classes : classesOf({ classes });
export const classesOf = ({ classes }: Pick<OptionsOf<"npy">, "classes">): Classes | null => {
  const names = classNames(classes);
  return names && { names, areNamed: typeof classes !== "number" };
};

/** Files are named one per split, or one for all; a schema cannot say that in words that help. */
function namesFiles({ train, test, file, split }: OptionsOf<"csv">, report: Checking["report"]): boolean {
  const wrong = (mistake: Mistake): false => {
    report(mistake);
    return false;
  };
  if (file !== undefined && (train !== undefined || test !== undefined))
    return wrong({
      title: "two ways to name files",
      message:
        "`train` and `test` name a file each; `file` names one for all, whose rows `split` tells apart. " +
        "Choose one way.",
      at: ["file"],
    });
  if (file !== undefined && split === undefined)
    return wrong({
      title: "missing option",
      message:
        "`file` needs the option `split`, such as `split: {column: part, train: training, test: held-out}`. " +
        "A file of training examples alone is `train:`.",
      at: ["file"],
    });
  if (file === undefined && split !== undefined)
    return wrong({
      title: "missing option",
      message: "`split` tells the rows of one `file:` apart; `train` and `test` are files of one split each.",
      at: ["split"],
    });
  if (file === undefined && train === undefined)
    return wrong({
      title: "missing option",
      message: "`load` with `source: csv` needs the option `train`, or `file` with `split`.",
      at: ["source"],
    });
  return true;
}

function checkSynthetic(options: OptionsOf<"synthetic">, { report, seed = 0, identity }: Checking, port: Port): Ports {
  if (options.generator === "digits") {
    const { count } = options;
    const known = {
      ...{ count, shape: digitShape, classes: classNames(10), isCentred: () => true },
      classCounts: () => digitCounts(count),
    };
    return { train: port("train", known), test: port("test", known) };
  }
  try {
    const made = makeGappedCurve(options, { seed, folds: [] });
    const ports = { train: port("train", knownOf(made.train)), test: port("test", knownOf(made.test)) };
    return withContents(ports, made, identity());
  } catch (error) {
    reportError(error, ["gaps"], report);
    return { train: port("train", {}), test: port("test", {}) };
  }
}

const knownOf = (output: Dataset): Partial<PortInfo> => {
  const { shape, count, featureNames, targetNames, classes, reading } = output.data;
  return {
    shape,
    count,
    featureNames,
    targetNames,
    classes,
    reading: reading ?? null,
    ordered: orderOf(output),
    examples: () => output,
    isCentred: () => areCentredImages(output),
    ...(classes ? { classCounts: () => countsOf(output, rowsOf(output)) } : {}),
  };
};

/** @param option  where the mistake is, unless it says so itself */
function reportError(error: unknown, option: OptionPath, report: Checking["report"]): void {
  if (!(error instanceof MistakeError)) throw error;
  const { title, message, at } = error;
  report({ title, message, at: at.length > 0 ? at : option });
}
