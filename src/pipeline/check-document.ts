/** The keys of a pipeline and of its profiles, its name, and how many entries there are; stages are looked at later. */

import { suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { grouped } from "../util/numbers.js";
import { type Entry, entriesOf, type MapValue, member, type Value } from "./document.js";
import { limits, overLimit } from "./limits.js";
import type { Report } from "./report.js";
import { checkProfileStages } from "./unused.js";

const topLevel = ["name", "seed", "params", "profiles", "stages"];
const inProfile = ["seed", "params", "stages"];

/** Counted before profiles are merged and names are compared. */
export function tooManyEntries(root: Value, report: Report): boolean {
  const profiles = entriesOf(member(root, "profiles")).map((profile) => profile.value);
  const found = (["params", "stages"] as const).flatMap((key) =>
    [root, ...profiles].flatMap((map) => {
      const value = member(map, key);
      return value && entriesOf(value).length > limits[key].most ? [{ key, value }] : [];
    }),
  );
  for (const { key, value } of found)
    report({
      span: firstLine(value.span),
      title: `too many ${key}`,
      message: overLimit(key, `There are ${grouped(entriesOf(value).length)} entries under \`${key}\`.`),
    });
  return found.length > 0;
}

export function checkKeys(root: MapValue, report: Report): void {
  checkKnown(root.entries, "pipeline", topLevel, report);
  for (const { key, value } of entriesOf(member(root, "profiles")))
    if (value.type === "map") checkKnown(value.entries, "profile", inProfile, report);
    else
      report({
        span: value.span,
        title: "wrong type",
        message: `The profile \`${key}\` is a map with seed, params or stages.`,
      });
  checkProfileStages(root, report);
}

function checkKnown(entries: readonly Entry[], owner: string, known: readonly string[], report: Report): void {
  const all = `\n\nKeys of a ${owner}: ${known.join(", ")}`;
  for (const { key, keySpan } of entries)
    if (!known.includes(key))
      report({
        span: keySpan,
        title: "unknown key",
        message: `A ${owner} has no key \`${key}\`.${suggestion(key, known)}${all}`,
      });
}

export function checkParams(params: Value | undefined, report: Report): void {
  if (params && params.type !== "map" && !(params.type === "scalar" && params.value === null))
    report({
      span: params.span,
      title: "wrong type",
      message: "`params` is a map of names to values, such as `params: {epochs: 5}`.",
    });
}

/** The name that the file gives, right or wrong. */
export function readName(value: Value | undefined, report: Report): string | undefined {
  if (!value) return undefined;
  const name = value.type === "scalar" ? value.value : undefined;
  if (typeof name !== "string" || !/^(?!\.+$)[\w.-]+$/.test(name))
    report({
      span: value.span,
      title: "wrong type",
      message:
        "`name` is a word of letters, digits, `-`, `_` and `.`, and not of dots alone, " +
        "because figures are kept in a folder of that name.",
    });
  else if (name.length > limits.name_length.most)
    report({
      span: value.span,
      title: "name too long",
      message: overLimit("name_length", `This name has ${grouped(name.length)}.`),
    });
  return name === undefined ? undefined : String(name);
}
/**
 * A file called `.yaml` has no name of its own, and one of dots alone would lead out of the folder of figures. A long
 * one leaves room for an ending.
 */
export function nameOf(path: string): string {
  const stem = path.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "");
  if (Buffer.byteLength(stem) > 200)
    return Buffer.from(stem)
      .subarray(0, 200)
      .toString("utf8")
      .replace(/\ufffd+$/, "");
  return /^\.*$/.test(stem) ? "unnamed" : stem;
}

/** The entries under `stages`, of which there is one at least. */
export function stagesOf(root: MapValue, report: Report): readonly Entry[] | undefined {
  const stages = member(root, "stages");
  if (stages?.type === "map" && stages.entries.length > 0) return stages.entries;
  report({
    span: firstLine((stages ?? root).span),
    title: "no stages",
    message:
      "A pipeline needs at least one entry under `stages:`. An example:\n\n" +
      "stages:\n  digits: {kind: load, source: mnist}",
  });
  return undefined;
}
