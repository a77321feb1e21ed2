/** A stage of the file → its draft. What its options hold of trials is left to `draft-trials.ts`. */

import { suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { warningNames } from "../diagnostic/warnings.js";
import type { JsonObject } from "../util/json.js";
import { grouped } from "../util/numbers.js";
import { type Entry, entriesOf, itemsOf, mapOf, member, plain, type Value, withParts } from "./document.js";
import type { Draft, Reading } from "./draft.js";
import { drawsRandomNumbers, type Kind } from "./kind.js";
import { limits, overLimit } from "./limits.js";
import { substitute } from "./lookup.js";
import { optionProblems } from "./options.js";
import { referencesIn } from "./references.js";
import { writeOutRepeats } from "./repeat.js";
import type { Report } from "./report.js";

/** A stage whose kind is not known has no options and reads nothing. */
export function draftStage(entry: Entry, reading: Reading): Draft {
  const kind = kindOf(entry, reading);
  return kind ? draftOf(kind, withRepeats(entry, kind, reading), reading) : undrafted(entry, reading.rootSeed);
}

const undrafted = (entry: Entry, seed: number): Draft => ({
  entry,
  kind: undefined,
  options: undefined,
  body: entry.value,
  edges: [],
  each: [],
  isScopeKnown: false,
  use: null,
  seed,
  hasOwnSeed: false,
  allow: [],
  trials: null,
});

function kindOf(entry: Entry, { kinds, report, isTrial }: Reading): Kind<unknown> | undefined {
  if (entry.value.type !== "map") {
    report({
      span: entry.value.span,
      title: "wrong type",
      message: `A stage is a map with a \`kind:\`, such as \`${entry.key}: {kind: load, source: mnist}\`.`,
    });
    return undefined;
  }
  const value = member(entry.value, "kind");
  const names = Object.keys(kinds);
  const known = `\n\nKinds: ${names.join(", ")}`;
  if (!value) {
    // Searches may share a trial by an anchor: at its own place the mistake is one.
    const span = isTrial ? firstLine(entry.value.span) : entry.keySpan;
    report({ span, title: "no kind", message: `\`${entry.key}\` needs a \`kind:\`.${known}` });
    return undefined;
  }
  const name = value.type === "scalar" ? String(value.value) : "";
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) {
    const message = `There is no kind \`${name}\`.${suggestion(name, names)}${known}`;
    report({ span: value.span, title: "unknown kind", message });
    return undefined;
  }
  if (kind.trials && isTrial) {
    report({
      span: value.span,
      title: "a search in a trial",
      message:
        "A trial cannot be a search itself. " +
        "Let one search follow the other, the later one with the winners of the earlier.",
    });
    return undefined;
  }
  return kind;
}

/**
 * With repeats written out; a lookup that nothing has answered is a mistake now, where none has been reported already.
 */
function withRepeats(entry: Entry, { trials, optionNames }: Kind<unknown>, reading: Reading): Entry {
  const { report, isReported, room } = reading;
  const reportNew: Report = (mistake) => (isReported(mistake.span) ? undefined : report(mistake));
  const written = (value: Value): Value =>
    substitute(writeOutRepeats(value, report, room), {}, reportNew, ["any"], room);
  // What a trial runs is written out trial by trial, whatever the option is called by mistake.
  const later = trials ? entriesOf(entry.value).filter(({ key }) => key === "trial" || !optionNames.includes(key)) : [];
  return {
    ...entry,
    value: withParts(entry.value, (option) => (later.some(({ value }) => value === option) ? option : written(option))),
  };
}

function draftOf(kind: Kind<unknown>, entry: Entry, { stageNames, rootSeed, report }: Reading): Draft {
  const special = specialKeys(kind, entry.value);
  const own = (key: string): Value | undefined => member(entry.value, key);
  const body = mapOf(
    entry.value,
    entriesOf(entry.value).filter(({ key }) => !special.includes(key)),
  );
  const names = (value: Value | undefined, input: { readonly option: string; readonly many?: boolean }) =>
    referencesIn(value, input, entry.key, stageNames, report);
  const edges = kind.inputs.flatMap((input) => names(member(body, input.option), input));
  const each = names(own("each"), { option: "each", many: true });
  const asked = special.includes("use") ? own("use") : undefined;
  const [use = null] = names(asked, { option: "use" });
  let options: JsonObject | undefined;
  // Where `use` names no stage, options that would have come from there are not missing.
  if (!asked) {
    const checked = optionProblems(kind, body, entry, special);
    for (const problem of checked.problems) report(problem);
    options = checked.options;
  }
  const seed = special.includes("seed") ? readSeed(own("seed"), report) : undefined;
  return {
    entry,
    kind,
    options,
    body,
    edges,
    each,
    isScopeKnown: each.length === itemsOf(own("each")).length && (asked === undefined || use !== null),
    use,
    seed: seed ?? rootSeed,
    hasOwnSeed: seed !== undefined,
    allow: readAllow(own("allow"), report),
    trials: null,
  };
}

/** Keys of a stage that are no options of its kind. */
export function specialKeys(kind: Kind<unknown>, written: Value): readonly string[] {
  const areAsked = typeof kind.drawsRandomNumbers === "function";
  const draws = drawsRandomNumbers(kind, areAsked ? (plain(written) as JsonObject) : {});
  return ["kind", "each", "allow", ...(kind.inputs.length > 0 ? ["use"] : []), ...(draws ? ["seed"] : [])];
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

/** Names of warnings, one or a list. */
function readAllow(value: Value | undefined, report: Report): readonly string[] {
  const known = `\n\nWarnings: ${warningNames.join(", ")}`;
  return itemsOf(value).flatMap((item) => {
    const name = item.type === "scalar" ? String(item.value) : "";
    if ((warningNames as readonly string[]).includes(name)) return [name];
    const which = name === "" ? "this is none" : `\`${name}\` is none`;
    const near = suggestion(name, warningNames);
    report({
      span: firstLine(item.span),
      title: "no such warning",
      message: `\`allow\` lists warnings by their names; ${which}.${near}${known}`,
    });
    return [];
  });
}

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
