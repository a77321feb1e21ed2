/**
 * Where data meet a model, or other data, as far as check time knows them: what `agreement.ts` refuses with the data in
 * hand.
 *
 * Of a normalisation it is known which examples gave the statistics, and the numbers where `check` reads those anyway.
 * Other examples are refused unless their numbers are known to be equal, or well may be: then the run compares them.
 */

import { isSameNormalization } from "../learn/normalization.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { NormalizationInfo, PortInfo, RowsInfo } from "../pipeline/port-info.js";
import type { Normalization } from "../values/dataset.js";
import {
  differenceOf,
  inColumnOrder,
  methodsOf,
  namesMistake,
  orderOf,
  scaleMistake,
  type Traits,
} from "./agreement.js";
import { overlap } from "./dataset.js";
import { checkFilled, needs } from "./gaps.js";
import { type Meeting, withMembers } from "./meetings.js";

const isImputation = ({ method }: NormalizationInfo): boolean => method === "impute";

type Report = CheckContext<unknown>["report"];

/** @param raw  whether raw data may meet normalised ones, because they are normalised then */
export function checkMeeting(
  expected: PortInfo | undefined,
  found: PortInfo | undefined,
  meeting: Meeting,
  report: Report,
  raw: "follows" | "refused",
): void {
  if (!expected || !found || !checkNames(expected, found, meeting, report)) return;
  const members = expected.ensemble?.members;
  const fills = (port: PortInfo): boolean => !port.normalization || port.normalization.some(isImputation);
  if (meeting.needsValues && found.hasGaps && !expected.hasGaps && !(members ?? [expected]).every(fills)) {
    checkFilled(found, needs.like(meeting.at, meeting.expected), report);
    return;
  }
  if (!members) checkScale(expected, found, meeting, report, raw);
  // One is enough to say that the data are on another scale.
  else members.some((member) => checkScale(member, found, withMembers(meeting), report, raw));
}

/** The same without the scale. @returns  whether they may be about the same, as far as is known */
export function checkNames(expected: PortInfo, found: PortInfo, meeting: Meeting, report: Report): boolean {
  const mistake = namesMistake(traitsOfPort(expected, found), traitsOfPort(found, expected), meeting);
  if (mistake) report({ title: mistake.title, message: mistake.message, at: mistake.at });
  return mistake === undefined;
}

/** Classes of data whose shape is not known may be unknown too. */
const traitsOfPort = (port: PortInfo, other: PortInfo): Traits => ({
  shape: shapeOf(port),
  classes: shapeOf(port) && shapeOf(other) ? port.classes : undefined,
  featureNames: port.featureNames,
  targetNames: port.targetNames,
  // Without it features are the file's own numbers, which is known of both or said of neither.
  reading: other.reading === undefined ? undefined : (port.reading ?? undefined),
});
const shapeOf = (port: PortInfo): readonly number[] | null | undefined =>
  port.type === "model" ? port.inputShape : port.shape;

/** @returns  whether a mistake was told */
function checkScale(
  expected: PortInfo,
  found: PortInfo,
  meeting: Meeting,
  report: Report,
  raw: "follows" | "refused",
): boolean {
  const [wanted, done] = [expected.normalization, found.normalization];
  if (!wanted || !done || (wanted.length === 0 && done.length === 0) || (done.length === 0 && raw === "follows"))
    return false;
  const difference = differenceBetween(wanted, done, expected.featureNames ?? [], found.featureNames ?? []);
  if (difference === undefined) return false;
  const { title, message, at } = scaleMistake(wanted, done, meeting, () => difference);
  const [ours, theirs] = [wanted[wanted.length - 1], done[done.length - 1]];
  const side = meeting.verbs.shape === "takes" ? `the data of ${meeting.expected}` : meeting.expected;
  const notes = [
    ...(ours ? [{ span: ours.span, label: `${side} normalised here` }] : []),
    ...(theirs && theirs.span !== ours?.span ? [{ span: theirs.span, label: `${meeting.found} normalised here` }] : []),
  ];
  report({ title, message, at, notes });
  return true;
}

/** Whether two ports are known to be, or may be, normalised alike. */
export const areOnOneScale = (a: PortInfo, b: PortInfo): boolean =>
  !a.normalization ||
  !b.normalization ||
  differenceBetween(a.normalization, b.normalization, a.featureNames ?? [], b.featureNames ?? []) === undefined;

/** What differs, in words; undefined where nothing does, as far as is known. */
function differenceBetween(
  wanted: readonly NormalizationInfo[],
  done: readonly NormalizationInfo[],
  names: readonly string[],
  foundNames: readonly string[],
): string | undefined {
  if (methodsOf(wanted) !== methodsOf(done))
    return `${methodsOf(done) || "nothing"} instead of ${methodsOf(wanted) || "nothing"}`;
  const order = orderOf(names, foundNames);
  const inOrder = (step: Normalization): Normalization =>
    typeof order === "string" ? step : inColumnOrder(step, order);
  for (const [index, step] of wanted.entries()) {
    const other = done[index]!;
    if (!step.of || !other.of) return undefined;
    if (step.of.id === other.of.id && step.by === other.by) continue;
    if (!step.numbers || !other.numbers) {
      if (mayBeEqual(step.of, other.of, step.method)) continue;
      return "the statistics are of other examples";
    }
    const [ours, theirs] = [[step.numbers()], [inOrder(other.numbers())]];
    if (!isSameNormalization(ours, theirs)) return differenceOf(ours, theirs, names);
  }
  return undefined;
}

/**
 * A part often has the extremes or the median of the whole, and rows that are all there twice have the mean and sd of
 * those that are there once.
 */
const mayBeEqual = (a: RowsInfo, b: RowsInfo, method: Normalization["method"]): boolean =>
  overlap(a, b) && (method !== "standard" || a.repeats !== undefined || b.repeats !== undefined);
