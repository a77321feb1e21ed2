/** What `explore` found of a dataset: a table of its columns, and what is worth knowing in sentences. */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf, setName } from "../../figure/figure.js";
import { textWidth } from "../../figure/font.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { grouped, numberText, shortText } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { ColumnProfile, ProfileData } from "../../values/profile.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const profileFigure = declareFigure({
  name: "profile",
  summary: "Columns and findings. Of what `explore` found.",
  from: { accepts: ["profile"], source: "an `explore` stage" },
  draw: (given) => profileTable(theOne(given).data, given.options.title),
  sample: ({ profile }) => ({ from: [profile] }),
});

/** The part of a profile that is drawn. */
export type ProfileFacts = Pick<ProfileData, "split" | "count" | "duplicates" | "order" | "warnings"> & {
  readonly columns: readonly Omit<ColumnProfile, "shift">[];
  readonly classes: Pick<NonNullable<ProfileData["classes"]>, "remark"> | null;
  /** As `explore` tells it in a terminal. */
  readonly sketch?: readonly Sketch[];
};

/** Sentences are broken so that they are no wider, in px; a narrow table would break them at every word. */
const sentenceWidth = 720;
const fontSize = 12;

/** @throws MistakeError when the profile has no columns and no classes */
export function profileTable(profile: ProfileFacts, title?: string): Figure {
  if (profile.columns.length === 0 && profile.classes === null)
    throw new MistakeError({
      title: "nothing to list",
      message: "This profile has no columns, so there is nothing to list.",
      at: ["from"],
    });
  const columns: Column[] = [
    { title: "Column" },
    { title: "Role" },
    ...["Min", "Max", "Mean", "Sd", "Missing", "Distinct"].map((name) => ({ title: name, align: "right" as const })),
    { title: "Empty intervals (test rows inside)" },
  ];
  const rows: Row[] = profile.columns.map(({ name, role, min, max, mean, sd, missing, distinct, empty }) => ({
    cells: [
      name,
      role,
      ...[min, max, mean, sd].map((value) => numberText(value)),
      grouped(missing),
      grouped(distinct),
      empty
        .map(({ from, to, test }) => `${shortText(from)} to ${shortText(to)}${test === null ? "" : ` (${test})`}`)
        .join(", "),
    ],
  }));
  const findings = findingsOf(profile);
  const sentences = findings.flatMap((text) =>
    broken(text).map((line, index): Row => ({ cells: [index === 0 ? "•" : "", line] })),
  );
  return figureOf(
    "profile",
    title ?? `Profile of the ${setName(profile.split)}`,
    [plural(profile.count, "example", grouped(profile.count))],
    {
      spacing: 22,
      vconcat: [
        ...(rows.length > 0 ? [tableView(columns, rows)] : []),
        tableView([{ title: "" }, { title: "Findings" }], sentences, sentenceWidth),
      ],
    },
    profile.sketch ?? [
      tableSketch(columns, rows),
      { type: "table", columns: ["findings"], rows: findings.map((text) => [text]) },
    ],
  );
}

/** In sentences, the warnings first; they tell what to do too. */
export function findingsOf({ classes, duplicates, order, warnings }: ProfileFacts): readonly string[] {
  const rest = [
    order === null ? "The rows are in no order." : null,
    duplicates.rows === 0
      ? "No row repeats the features of an earlier one."
      : `${plural(duplicates.rows, "row")} repeat the features of an earlier row, ` +
        `${grouped(duplicates.contradictory)} of them with another label.`,
    duplicates.test === null
      ? null
      : `Rows of the test set with the features of a row here: ${grouped(duplicates.test)}.`,
    classes?.remark ?? null,
  ].filter((text) => text !== null);
  const found = warnings.map(({ title, message }) => `${title}: ${message.replace(/\s+/g, " ")}`);
  return [...found, ...rest.filter((text) => !found.some((warning) => warning.includes(text)))];
}

/** Into lines of at most `sentenceWidth`, at blanks. */
function broken(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const joined = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(joined, fontSize) <= sentenceWidth) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}
