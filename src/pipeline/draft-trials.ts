/**
 * The stages of every trial of a search, with the trial's values in their places.
 *
 * Trials share what their values do not change, so ten thousand cost what differs. How much they are when written out
 * is told by a sample of them before the rest is, and a mistake in one trial is not told again for the others.
 */

import { firstLine } from "../diagnostic/source.js";
import type { JsonObject } from "../util/json.js";
import { grouped } from "../util/numbers.js";
import { type Entry, entriesOf, member, spanAt, type Value, valueFrom } from "./document.js";
import type { Draft, Reading } from "./draft.js";
import { checkStageName, draftStage } from "./draft-stage.js";
import type { TrialList } from "./kind.js";
import { lastLength, reportNoLength, withLength } from "./lengths.js";
import { limits, overLimit } from "./limits.js";
import { Room, substitute } from "./lookup.js";
import { writeOutRepeats } from "./repeat.js";
import { isError, type Report } from "./report.js";

/** What a stage costs beside its values. */
const valuesOfStage = 30;
const sampled = 16;

/** Of a search whose options are right, with the stages of its trials; any other stage as it is. */
export const withTrials = (draft: Draft, reading: Reading): Draft =>
  draft.kind?.trials && draft.options ? { ...draft, trials: trialsOf(draft, reading) } : draft;

function trialsOf(draft: Draft, reading: Reading): Draft["trials"] {
  const { entry, kind, options, seed } = draft;
  const { report } = reading;
  const list = kind!.trials!(options, seed);
  if ("problem" in list) {
    for (const { at = [], ...problem } of [list.problem, ...(list.others ?? [])])
      report({ ...problem, span: spanAt(entry, at) });
    return null;
  }
  const template = member(entry.value, "trial")!;
  if (template.type !== "map") return null;
  // Several stages by name are maps, all of them; a lone option shows that one stage is meant.
  const isOne = member(template, "kind") !== undefined || template.entries.some(({ value }) => value.type !== "map");
  const parts: readonly Entry[] = isOne
    ? [{ key: "trial", keySpan: entry.keySpan, value: template }]
    : template.entries;
  const names = parts.map((part) => part.key);
  if (names.length === 0) {
    report({
      span: firstLine(template.span),
      title: "no trial",
      message: "`trial` is a stage, such as `{kind: train, …}`, or several by name.",
    });
    return null;
  }
  if (names.length > limits.stages.most) {
    report({
      span: firstLine(template.span),
      title: "too many stages",
      message: overLimit("stages", `This trial has ${grouped(names.length)} stages.`),
    });
    return null;
  }
  if (names[0] !== "trial") for (const part of parts) checkStageName(part, report);
  const places = new Map(entriesOf(member(entry.value, "space")).map((place) => [place.key, place]));
  const spaceSpan = member(entry.value, "space")!.span;
  const valuesOf = (values: (typeof list.trials)[number]["values"]): Value => ({
    type: "map",
    span: spaceSpan,
    entries: list.parameters.map((name) => {
      const place = places.get(name)!;
      return { key: name, keySpan: place.keySpan, value: valueFrom(values[name], firstLine(place.value.span)) };
    }),
  });
  const length = lastLength(list);
  const substituted = (part: Entry, trial: Value, report: Report, room: Room): Value =>
    substitute(part.value, { trial }, report, ["params", "item", "any"], room);
  const filled = (part: Entry, trial: Value, report: Report, room: Room): Value => {
    const value = substituted(part, trial, report, room);
    return length === null ? value : withLength(value, length, entry, reading.kinds, report);
  };
  const estimate = estimateOf(list.trials.length, (index) => {
    const room = new Room("written_out");
    const silent: Report = () => undefined;
    const trial = valuesOf(list.trials[index]!.values);
    return parts.reduce(
      (sum, part) =>
        sum + valuesOfStage + room.sizes.of(writeOutRepeats(filled(part, trial, silent, room), silent, room)).values,
      0,
    );
  });
  if (estimate > limits.written_out.most) {
    const [trials, values] = [grouped(list.trials.length), grouped(Math.round(estimate))];
    const asked = `Its ${trials} trials have about ${values} values when they are written out.`;
    report({ span: firstLine(template.span), title: "too many values", message: overLimit("written_out", asked) });
    return null;
  }
  if (length !== null) {
    const trial = valuesOf(list.trials[0]!.values);
    const values = parts.map((part) => substituted(part, trial, () => undefined, new Room("written_out")));
    reportNoLength(values, entry, reading.kinds, report);
  }
  const stageNames = [...(names[0] === "trial" ? [] : names), ...reading.stageNames];
  const written = (values: JsonObject, report: Report, room: Room): ReadonlyMap<string, Draft> => {
    const trial = valuesOf(values);
    return new Map(
      parts.map((part) => [
        part.key,
        draftStage(
          { ...part, value: filled(part, trial, report, room) },
          { ...reading, stageNames, report, isTrial: true, room },
        ),
      ]),
    );
  };
  const room = new Room("written_out");
  const drafts: { key: string; stages: ReadonlyMap<string, Draft> }[] = [];
  for (const { key, values } of [...list.trials, ...samplesOf(list)]) {
    let failed = false;
    const noting: Report = (mistake) => {
      failed ||= isError(mistake);
      report(mistake);
    };
    const stages = written(values, noting, room);
    if (failed) return null;
    drafts.push({ key, stages });
  }
  const known = list.trials.length;
  return {
    list,
    drafts: drafts.slice(0, known),
    samples: drafts.slice(known),
    written: (values, report) => written(values, report, new Room("written_out")),
  };
}

/** Configurations that may be run later, or are like such; checked now. */
const samplesOf = ({ drawn, samples }: TrialList): TrialList["trials"] => [
  ...drawn,
  ...samples.map((values, index) => ({ key: `sample ${index + 1}`, values })),
];

/** The sum over `count` trials, from some of them at equal distances, the first and the last among them. */
function estimateOf(count: number, sizeOf: (index: number) => number): number {
  const places = new Set(
    Array.from({ length: Math.min(sampled, count) }, (_, index) =>
      Math.round((index * (count - 1)) / Math.max(1, Math.min(sampled, count) - 1)),
    ),
  );
  return ([...places].reduce((sum, index) => sum + sizeOf(index), 0) / places.size) * count;
}
