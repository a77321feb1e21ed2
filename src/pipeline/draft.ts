/**
 * A stage as found in the file: its kind, its options where they are known, the names in it that mean other stages. Of
 * a search also the stages of every trial, with the trial's values in their places.
 */

import type { Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { warningNames } from "../diagnostic/warnings.js";
import type { JsonObject } from "../util/json.js";
import { grouped } from "../util/numbers.js";
import { readTrials } from "./draft-trials.js";
import { drawsRandomNumbers, type Kind, type Kinds, type TrialList } from "./kind.js";
import { limits, overLimit } from "./limits.js";
import { type Room, substitute } from "./lookup.js";
import { optionProblems } from "./options.js";
import { type Entry, member, plain, type Value, withParts } from "./read.js";
import { writeOutRepeats } from "./repeat.js";
import type { Report } from "./report.js";

/** A stage as found in the file, before its ports are known. */
export interface Draft {
  readonly entry: Entry;
  readonly kind: Kind<unknown> | undefined;
  /** Not known yet where settings come from a trial. */
  readonly options: JsonObject | undefined;
  /** The stage's options as written, without `kind`, `each`, `allow`, `use` and `seed`. */
  readonly body: Value;
  readonly edges: readonly Reference[];
  readonly each: readonly { readonly stage: string; readonly span: Span }[];
  /** False where `each` or `use` names no stage: then nobody knows what it runs over, or with which options. */
  readonly isScopeKnown: boolean;
  readonly use: Reference | null;
  readonly seed: number;
  /** Names of the warnings that the stage means. */
  readonly allow: readonly string[];
  /** Of a search. */
  readonly trials: {
    readonly list: TrialList;
    readonly drafts: readonly { readonly key: string; readonly stages: ReadonlyMap<string, Draft> }[];
  } | null;
}
/** A name in the file that means another stage, or an output of it. */
export interface Reference {
  readonly option: string;
  readonly index: number;
  readonly stage: string;
  readonly output: string;
  readonly span: Span;
}

export function readSeed(value: Value | undefined, report: Report): number | undefined {
  if (value === undefined) return undefined;
  if (
    value.type === "scalar" &&
    typeof value.value === "number" &&
    Number.isSafeInteger(value.value) &&
    value.value >= 0
  )
    return value.value;
  report({ span: value.span, title: "wrong type", message: "`seed` is a whole number from 0, such as `seed: 7`." });
  return undefined;
}

export interface Reading {
  readonly kinds: Kinds;
  readonly stageNames: readonly string[];
  readonly rootSeed: number;
  readonly report: Report;
  /** Whether there is a diagnostic for this place. */
  readonly isTold: (span: Span | undefined) => boolean;
  /** Reads a stage of a search's trial. */
  readonly isTrial: boolean;
  /** What lookups may still write out. */
  readonly room: Room;
}

export function readStage(entry: Entry, reading: Reading): Draft {
  const { kinds, stageNames, rootSeed, report } = reading;
  const nothing: Draft = {
    entry,
    kind: undefined,
    options: undefined,
    body: entry.value,
    edges: [],
    each: [],
    isScopeKnown: false,
    use: null,
    seed: rootSeed,
    allow: [],
    trials: null,
  };
  if (entry.value.type !== "map") {
    report({
      span: entry.value.span,
      title: "wrong type",
      message: `A stage is a map with a \`kind:\`, such as \`${entry.key}: {kind: load, source: mnist}\`.`,
    });
    return nothing;
  }
  const kindValue = member(entry.value, "kind");
  const kindNames = Object.keys(kinds);
  if (!kindValue) {
    report({
      span: entry.keySpan,
      title: "no kind",
      message: `\`${entry.key}\` needs a \`kind:\`.\n\nKinds: ${kindNames.join(", ")}`,
    });
    return nothing;
  }
  const kindName = kindValue.type === "scalar" ? String(kindValue.value) : "";
  const kind = Object.hasOwn(kinds, kindName) ? (kinds[kindName] as Kind<unknown>) : undefined;
  if (!kind) {
    report({
      span: kindValue.span,
      title: "unknown kind",
      message: `There is no kind \`${kindName}\`.${suggestion(kindName, kindNames)}\n\nKinds: ${kindNames.join(", ")}`,
    });
    return nothing;
  }
  if (kind.trials && reading.isTrial) {
    report({
      span: kindValue.span,
      title: "a search in a trial",
      message:
        "A trial cannot be a search itself. Let one search follow the other, the later one with the winners of the earlier.",
    });
    return nothing;
  }
  // What a trial runs is written out trial by trial, whatever the option is called by mistake.
  const later = kind.trials
    ? entriesOf(entry.value).filter(({ key }) => key === "trial" || !kind.optionNames.includes(key))
    : [];
  const written: Entry = {
    ...entry,
    value: withParts(entry.value, (option) =>
      later.some(({ value }) => value === option) ? option : writtenOut(option, reading),
    ),
  };
  const special = specialKeys(kind, written.value);
  const body: Value = {
    ...written.value,
    entries: entriesOf(written.value).filter((option) => !special.includes(option.key)),
  } as Value;
  const edges: Reference[] = [];
  for (const input of kind.inputs)
    edges.push(...references(member(body, input.option), input, entry.key, stageNames, report));
  const each = references(member(written.value, "each"), { option: "each", many: true }, entry.key, stageNames, report);
  const asked = special.includes("use") ? member(written.value, "use") : undefined;
  const [use] = references(asked, { option: "use" }, entry.key, stageNames, report);
  let options: JsonObject | undefined;
  // Where `use` names no stage, options that would have come from there are not missing.
  if (!asked) {
    const checked = optionProblems(kind, body, written, special);
    for (const problem of checked.problems) report(problem);
    options = checked.options;
  }
  const seed = (special.includes("seed") ? readSeed(member(written.value, "seed"), report) : undefined) ?? rootSeed;
  const draft: Draft = {
    entry: written,
    kind,
    options,
    body,
    edges,
    each,
    isScopeKnown:
      each.length === itemsOf(member(written.value, "each")).length && (asked === undefined || use !== undefined),
    use: use ?? null,
    seed,
    allow: readAllow(member(written.value, "allow"), report),
    trials: null,
  };
  return kind.trials && options ? { ...draft, trials: readTrials(draft, reading) } : draft;
}

/** Keys of a stage that are no options of its kind. */
export const specialKeys = (kind: Kind<unknown>, written: Value): readonly string[] => [
  "kind",
  "each",
  "allow",
  ...(kind.inputs.length > 0 ? ["use"] : []),
  ...((
    typeof kind.drawsRandomNumbers === "boolean"
      ? kind.drawsRandomNumbers
      : drawsRandomNumbers(kind, plain(written) as JsonObject)
  )
    ? ["seed"]
    : []),
];
/** Names of warnings, one or a list. */
function readAllow(value: Value | undefined, report: Report): readonly string[] {
  if (value === undefined) return [];
  const items = value.type === "list" ? value.items : [value];
  return items.flatMap((item) => {
    const name = item.type === "scalar" ? String(item.value) : "";
    if ((warningNames as readonly string[]).includes(name)) return [name];
    report({
      span: firstLine(item.span),
      title: "no such warning",
      message: `\`allow\` lists warnings by their names; ${name === "" ? "this is none" : `\`${name}\` is none`}.${suggestion(name, warningNames)}\n\nWarnings: ${warningNames.join(", ")}`,
    });
    return [];
  });
}
export const entriesOf = (value: Value | undefined): readonly Entry[] => (value?.type === "map" ? value.entries : []);

/** A name that files can be called by, too. */
export function checkStageName({ key, keySpan }: Entry, report: Report): void {
  if (!/^[A-Za-z_][\w-]*$/.test(key))
    report({
      span: keySpan,
      title: "not a stage name",
      message: "A stage's name has letters, digits, `_` and `-`, and begins with a letter.",
    });
  else if (key.length > limits.name_length.most)
    report({
      span: keySpan,
      title: "name too long",
      message: overLimit(
        "name_length",
        `This name has ${grouped(key.length)}, and figures are files of their stage's name.`,
      ),
    });
}

/**
 * Repeats written out; a lookup that nothing has answered is a mistake now, where it has not been told as one already.
 */
function writtenOut(value: Value, { report, isTold, room }: Reading): Value {
  return substitute(
    writeOutRepeats(value, report, room),
    {},
    (mistake) => (isTold(mistake.span) ? undefined : report(mistake)),
    ["any"],
    room,
  );
}

const itemsOf = (value: Value | undefined): readonly Value[] =>
  value?.type === "list" ? value.items : value ? [value] : [];

/** Stages that an option names: one, or a list where it takes several. */
function references(
  value: Value | undefined,
  input: { readonly option: string; readonly many?: boolean },
  stageName: string,
  stageNames: readonly string[],
  report: Report,
): readonly Reference[] {
  const items = value?.type === "list" && input.many ? value.items : value ? [value] : [];
  if (items.length > limits.references.most) {
    report({
      span: firstLine(value!.span),
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

/** Every name of another stage in a stage, its trials included. */
export function namesRead(draft: Draft): readonly Reference[] {
  const own = [
    ...draft.edges,
    ...draft.each.map(({ stage, span }) => ({ option: "each", index: 0, stage, output: "", span })),
    ...(draft.use ? [draft.use] : []),
  ];
  const inner =
    draft.trials?.drafts.flatMap(({ stages }) =>
      [...stages.values()].flatMap((part) => namesRead(part).filter(({ stage }) => !stages.has(stage))),
    ) ?? [];
  return [...own, ...inner];
}

/** The span of the deepest part of an option that exists; [] is the stage's name. */
export function spanAt(entry: Entry, path: readonly (string | number)[]): Span {
  if (path.length === 0) return entry.keySpan;
  let value: Value = entry.value;
  let span = entry.keySpan;
  for (const part of path) {
    const next: Value | undefined = value.type === "list" ? value.items[Number(part)] : member(value, String(part));
    if (!next) break;
    value = next;
    span = next.type === "scalar" ? next.span : firstLine(next.span);
  }
  return span;
}
