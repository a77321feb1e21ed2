/** What is guessed of a table, what is said of it, and the pipeline that is written: small files, exact text. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { surveyTable } from "../../src/init/survey.js";
import { guessTable, type TableGuess } from "../../src/init/table-guess.js";
import { tablePipeline } from "../../src/init/table-pipeline.js";
import { noTarget } from "../../src/init/target-guess.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-init-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = { name: "own", file: "own.yaml", data: "own.csv", command: "hw1 init --data own.csv --target y" };
const write = (text: string | Buffer): void => writeFileSync(join(folder, "own.csv"), text);
const lines = (count: number, line: (row: number) => string): string =>
  Array.from({ length: count }, (_, row) => `${line(row)}\n`).join("");
function guessed(text: string | Buffer, target: string): TableGuess {
  write(text);
  return guessTable("own.csv", surveyTable(folder, "own.csv", target), target);
}
function mistake(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MistakeError) return `${error.title}\n\n${error.message}`;
    throw error;
  }
  throw new Error("nothing was said");
}
/** The options of a stage, as YAML says them. */
const stage = (text: string, name: string): Record<string, unknown> => parse(text, { merge: false }).stages[name];
const loaded = (guess: TableGuess): Record<string, unknown> => stage(tablePipeline(guess, names), "table");

const wards = ["east", "north", "west"];
const visits = `id,patient,visited,ward,age,weight,note,site,smoker,outcome
${lines(60, (row) => `${row + 1},p${row >> 1},2024-0${1 + (row % 9)}-11,${wards[row % 3]},${20 + row},${row % 7 === 0 ? "" : 60 + row / 10},free text ${row},A,${row % 2 ? "yes" : "no"},${row % 5 < 2 ? "ill" : "well"}`)}`;

describe("columns", () => {
  test("are numbers, categories, dates or left out, each with its reason", () => {
    expect(guessed(visits, "outcome").remarks).toEqual([
      "`outcome` is one of 2 classes, with so many rows: ill 24, well 36",
      "2 columns of numbers: `age`, `weight`",
      "`ward` is a category: 3 words, an input for each",
      "`smoker` is a category: 2 words, an input for each",
      "`visited` holds dates, which become days since 1970-01-01",
      "`id` is left out: it only counts the rows",
      "`patient` is left out: it names something that has several rows",
      "`note` is left out: it has 60 different words in 60 rows, which is text or a name",
      "`site` is left out: it is the same in every row",
      "1 column of numbers or dates with missing values: `weight`",
      "if rows with one `patient` belong together, keep them so: `group: patient` in the first stage and `by: group` in `split` and `fold`",
    ]);
  });

  test("of words that stand for no value among numbers are numbers with gaps; the file says which words", () => {
    const guess = guessed(
      `a,b,y\n${lines(40, (row) => `${row % 9 === 0 ? "unknown" : row},${row},${row % 2 ? "u" : "v"}`)}`,
      "y",
    );
    expect([guess.numbers, guess.hasGaps]).toEqual([["a", "b"], true]);
    expect(loaded(guess)).toMatchObject({
      missing: ["", "NA", "NaN", "nan", "null", "?", "unknown"],
      on_missing: "keep",
    });
  });

  test("with so few values that a fold may have none are left out", () => {
    const few = (count: number, rows = 60): TableGuess =>
      guessed(`a,b,y\n${lines(rows, (row) => `${row},${row < count ? row / 3 : ""},${row % 2 ? "u" : "v"}`)}`, "y");
    expect(few(9).remarks).toContain("`b` is left out: it has a value in 9 rows alone");
    expect(few(10)).toMatchObject({ numbers: ["a", "b"] });
    // Of 20 rows more than 7 are never held out at once.
    expect(few(7, 20)).toMatchObject({ leaveOut: ["b"] });
    expect(few(8, 20)).toMatchObject({ numbers: ["a", "b"] });
  });
  test("of doubtful words and numbers are remarked on: codes, case, and what programs write for no value", () => {
    const guess = guessed(
      `code,flag,a,b,c,y\n${lines(60, (row) => `${["01", "1", "A"][row % 3]},${["True", "true", "no"][row % 3]},${row % 6 ? row / 60 : -999},${row},${row === 3 ? -999 : row},${["Yes", "yes", "no"][row % 3]}`)}`,
      "y",
    );
    expect(guess.remarks.slice(1)).toEqual([
      "3 columns of numbers: `a`, `b`, `c`",
      "`code` is a category: 3 words, an input for each",
      "`flag` is a category: 3 words, an input for each",
      "`y` has `Yes`, `yes`, which differ in case alone and count as two: if they are one, write them alike",
      "`flag` has `True`, `true`, which differ in case alone and count as two: if they are one, write them alike",
      "`a` is -999 in 10 rows, far from its other numbers: if that stands for no value, leave these cells empty in the file, and write the pipeline anew",
    ]);
  });
  test("that no first look understands are left out", () => {
    const guess = guessed(
      `when,mixed,empty,patient_id,n,y\n${lines(40, (row) => `${1 + (row % 28)}.03.2024,${row % 3 ? row : `w${row}`},,${9000 + 7 * row},${row},${row % 2 ? "u" : "v"}`)}`,
      "y",
    );
    expect(guess.remarks.slice(2)).toEqual([
      "`when` is left out: its dates are in another spelling than ISO 8601 (`2024-03-31`)",
      "`mixed` is left out: `w0`, `w3` and such stand among its numbers",
      "`empty` is left out: it is empty",
      "`patient_id` is left out: it names each row",
    ]);
  });

  test("with names that YAML or a shell would take for something else come back as they are", () => {
    const odd = [
      "yes",
      "1e3",
      "a: b",
      "q'uote",
      "tab\there",
      "\u202ebidi",
      "null",
      "#c",
      "[x",
      "- d",
      "é",
      "a\nb",
      "{x}",
    ];
    const quoted = [...odd, "no"].map((name) => `"${name.replaceAll('"', '""')}"`);
    const row = (n: number): string =>
      [...odd.map((_, at) => `w${(n + at) % 4}`), ["yes", "no", "1e3"][n % 3]].join(",");
    const guess = guessed(`${quoted.join(",")}\n${lines(60, row)}`, "no");
    expect(guess.target.classes).toEqual(["1e3", "no", "yes"]);
    const options = loaded(guess);
    expect(options).toMatchObject({ target: "no", classes: "auto", categories: odd });
    expect(tablePipeline(guess, names)).not.toMatch(/\u202e/);
  });

  test("whose names a pipeline would look up are named by a pattern", () => {
    const guess = guessed(`"\${params.x}",n,y\n${lines(40, (row) => `same,${row},${row % 2 ? "u" : "v"}`)}`, "y");
    expect(loaded(guess)).toMatchObject({ leave_out: ["?{params.x}"] });
  });
});

describe("how a table is written", () => {
  const body = (sign: string): string => lines(30, (row) => [row / 7, row * 2, row % 2 ? "u" : "v"].join(sign));
  test("is told from its first rows: commas, semicolons, tabs, with names or without", () => {
    for (const [sign, delimiter] of [
      [",", ","],
      [";", ";"],
      ["\t", "tab"],
      ["|", "|"],
    ] as const) {
      const { header, rows, ...guess } = guessed(`a${sign}b${sign}y\n${body(sign)}`, "y");
      expect([guess.delimiter, header, rows]).toEqual([delimiter, true, 30]);
      expect(guessed(body(sign), "column_3")).toMatchObject({ delimiter, header: false, rows: 30 });
    }
    expect(loaded(guessed(body("\t"), "column_3"))).toMatchObject({
      delimiter: "tab",
      header: false,
      target: "column_3",
    });
  });
  test("whatever stands at its start or packs it: a mark of UTF-8, lines that end in CR LF, gzip, a delimiter at the ends", () => {
    const text = `a,b,y\n${body(",")}`;
    for (const other of [`\ufeff${text}`, text.replaceAll("\n", "\r\n"), gzipSync(text), text.replaceAll("\n", ",\n")])
      expect(guessed(other, "y")).toMatchObject({ rows: 30, numbers: ["a", "b"] });
  });
  test("in another encoding than UTF-8: a mistake where its words or names would be used", () => {
    const rowsOf = (word: string, note: string): string =>
      lines(30, (row) => `${row},${row % 2 ? word : "v"},${note}${row}`);
    const latin =
      (text: string): (() => unknown) =>
      () =>
        guessed(Buffer.from(text, "latin1"), "y");
    const asUtf8 =
      "Save the file as UTF-8; of the usual other one: `iconv -f LATIN1 -t UTF-8 own.csv > utf8-own.csv`, then name that file.";
    expect(mistake(latin(`a,y,note\n${rowsOf("\xfc", "n")}`))).toBe(
      `not UTF-8\n\n\`own.csv:3\`, column \`y\`: \`\ufffd\` has bytes that are not UTF-8. ${asUtf8}`,
    );
    expect(mistake(latin(`\xe4,y,note\n${rowsOf("u", "n")}`))).toBe(
      `not UTF-8\n\nThe name of the column \`\ufffd\` of \`own.csv\` has bytes that are not UTF-8. ${asUtf8}`,
    );
    expect(latin(`a,y,note\n${rowsOf("u", "\xfc")}`)()).toMatchObject({ leaveOut: ["note"] });
  });
  test("a column of words under a row of words: the first row is names unless its words come again", () => {
    expect(
      guessed(`colour,size,y\n${lines(30, (row) => `c${row % 3},s${row % 2},${row % 2 ? "u" : "v"}`)}`, "y").header,
    ).toBe(true);
    expect(
      guessed(
        lines(30, (row) => `c${row % 3},s${row % 2},${row % 2 ? "u" : "v"}`),
        "column_3",
      ).header,
    ).toBe(false);
  });
});

describe("the target", () => {
  const table = (value: (row: number) => string | number): string =>
    `a,b,y\n${lines(60, (row) => `${row},${row % 7},${value(row)}`)}`;
  test("is a class where it is words or few whole numbers, else a number", () => {
    expect(
      guessed(
        table((row) => row % 3),
        "y",
      ).target.classes,
    ).toEqual(["0", "1", "2"]);
    expect(
      guessed(
        table((row) => (row % 2 ? "True" : "False")),
        "y",
      ).target.classes,
    ).toEqual(["False", "True"]);
    expect(
      guessed(
        table((row) => row / 4),
        "y",
      ).target.classes,
    ).toBeNull();
    expect(
      guessed(
        table((row) => row),
        "y",
      ).target.classes,
    ).toBeNull();
    expect(
      guessed(
        table((row) => row % 3),
        "y",
      ).remarks[1],
    ).toBe(
      "`y` has 3 whole numbers, taken for classes; if it is an amount, leave out `classes` and learn it with `loss: mse`",
    );
    expect(
      loaded(
        guessed(
          table((row) => row / 4),
          "y",
        ),
      ),
    ).not.toHaveProperty("classes");
  });
  test("without a value in some rows: these are left out, and said", () => {
    const guess = guessed(
      table((row) => (row % 10 === 0 ? "" : row % 3)),
      "y",
    );
    expect(guess.rows).toBe(54);
    expect(guess.remarks).toContain("6 rows without a value in `y` are left out");
    expect(loaded(guess)).toMatchObject({ on_missing_target: "drop_row", allow: "missing_values" });
    expect(loaded(guess)).not.toHaveProperty("on_missing");
  });
  test("without a value in some rows costs no row that has a gap elsewhere, and says nothing of columns", () => {
    // Every row lacks one of the features; `late` has values only where the target has none.
    const guess = guessed(
      `a,b,late,y\n${lines(60, (row) => `${row % 2 ? row : ""},${row % 2 ? "" : row},${row % 10 ? "" : row},${row % 10 ? row % 3 : ""}`)}`,
      "y",
    );
    expect(guess).toMatchObject({ rows: 54, numbers: ["a", "b"], leaveOut: ["late"], hasGaps: true });
    expect(guess.remarks).toContain("`late` is left out: it is empty");
    expect(loaded(guess)).toMatchObject({ on_missing: "keep", on_missing_target: "drop_row", allow: "missing_values" });
    expect(stage(tablePipeline(guess, names), "fold_filled")).toMatchObject({ kind: "impute" });
  });
  test("with a class that is called like nothing keeps it, so that column of numbers is left out", () => {
    const guess = guessed(
      `a,b,y\n${lines(60, (row) => `${row % 7 ? row : "unknown"},${row},${row % 3 ? "u" : "unknown"}`)}`,
      "y",
    );
    expect(guess).toMatchObject({ missing: undefined, numbers: ["b"], target: { classes: ["u", "unknown"] } });
    expect(guess.remarks).toContain("`a` is left out: `unknown` and such stand among its numbers");
  });
  test("that is not there, says one thing only, or nothing that can be learned", () => {
    expect(
      mistake(() =>
        guessed(
          table((row) => row),
          "z",
        ),
      ),
    ).toBe("no such column\n\n`own.csv` has no column `z`.\n\nColumns: a, b, y");
    expect(
      mistake(() =>
        guessed(
          lines(30, (row) => `${row},${row}`),
          "y",
        ),
      ),
    ).toBe(
      "no such column\n\n`own.csv` has no column `y`.\n\nColumns: column_1, column_2\n\n" +
        "The first row was not taken for names, so columns are called by their places.",
    );
    expect(
      mistake(() =>
        guessed(
          table(() => "u"),
          "y",
        ),
      ),
    ).toBe(
      "a single class\n\nThe column `y` of `own.csv` is `u` in every row, so there is nothing to tell apart. Name another with --target.",
    );
    expect(
      mistake(() =>
        guessed(
          table((row) => `w${row}`),
          "y",
        ),
      ),
    ).toBe(
      "no classes\n\nThe target `y` of `own.csv` has 60 different words in 60 rows, too many to be classes: each needs several rows. Name another with --target.",
    );
    expect(
      mistake(() =>
        guessed(
          table(() => ""),
          "y",
        ),
      ),
    ).toBe("an empty target\n\nThe column `y` of `own.csv` has no value in any row. Name another with --target.");
    expect(
      mistake(() =>
        guessed(
          table((row) => `2024-01-${10 + (row % 20)}`),
          "y",
        ),
      ),
    ).toBe(
      "dates to predict\n\nThe column `y` of `own.csv` holds dates. Write what is to be predicted as a number, such as days since another day, or name another column with --target.",
    );
    expect(
      mistake(() =>
        guessed(
          table((row) => (row === 7 ? "about 7" : row + 0.5)),
          "y",
        ),
      ),
    ).toBe(
      "not a number\n\nThe target `y` of `own.csv` is a number in 59 of 60 rows; elsewhere stands `about 7`. Correct these cells, or leave them empty: then their rows are left out.",
    );
    expect(mistake(() => guessed("y\n1\n2\n", "y"))).toBe(
      "only one column\n\n`own.csv:1` has one cell, `y`. A file of examples has a column to learn, and one or more to learn from.",
    );
    expect(mistake(() => guessed(`a,y\n${lines(30, (row) => `same,${row}`)}`, "y"))).toBe(
      "nothing to learn from\n\nNo column of `own.csv` is left to learn from:\n  a: it is the same in every row\n" +
        "Put such a column right in the file, as numbers, as dates in ISO 8601 or as a few words.",
    );
    expect(mistake(() => guessed(`a;y\n${lines(30, (row) => `${row},5;${row % 2 ? "u" : "v"}`)}`, "y"))).toBe(
      "decimal commas\n\nThe column `a` of `own.csv` has numbers such as `0,5`. Write decimal points: `sed -e '1!s/,/./g' own.csv > own-points.csv`; then name that file.",
    );
  });
  test("that nobody named: the columns, and which is likely", () => {
    write(visits);
    const told = noTarget("own.csv", surveyTable(folder, "own.csv", undefined));
    expect(`${told.title}\n\n${told.message}`).toBe(`no target

Which column is to be learned? \`own.csv\` has 10 columns:
  id: 60 different numbers
  patient: 30 different words
  visited: dates
  ward: 3 different words (east, north, west)
  age: 60 different numbers
  weight: 51 different numbers, 9 missing
  note: 60 different words
  site: 1 word (A)
  smoker: 2 different words (no, yes)
  outcome: 2 different words (ill, well)
Most likely it is \`outcome\`: hw1 init --data own.csv --target outcome`);
  });
});

describe("the pipeline", () => {
  /** What `check` says of it: the data are beside it. */
  function told(text: string): readonly string[] {
    const document = readText(join(folder, "own.yaml"), text);
    const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
    return diagnostics.map(({ title, message }) => `${title}: ${message}`);
  }

  test("for classes, whole", () => {
    expect(tablePipeline(guessed(visits, "outcome"), names)).toMatchSnapshot();
  });
  test("is right, without a warning: of classes, numbers, gaps, one input, few rows, many rows", () => {
    const wave = (row: number): number => Math.sin(row * 12.9898) * 43758.5453;
    const random = (row: number): number => wave(row) - Math.floor(wave(row));
    const tables: readonly (readonly [string, string])[] = [
      [visits, "outcome"],
      [`x,y\n${lines(80, (row) => `${random(row)},${10 * random(row + 1000)}`)}`, "y"],
      [
        `x,z,y\n${lines(80, (row) => `${random(row)},${row % 9 ? random(row + 200) : ""},${random(row + 1000) > 0.5 ? "u" : "v"}`)}`,
        "y",
      ],
      [`x,z,y\n${lines(12, (row) => `${random(row)},${random(row + 200)},${row % 2 ? "u" : "v"}`)}`, "y"],
      ...[4, 5, 6, 7, 8, 9, 10, 14, 18].map(
        (rows) =>
          [
            `x,z,y\n${lines(rows, (row) => `${random(row)},${random(row + 200)},${row % 2 ? "u" : "v"}`)}`,
            "y",
          ] as const,
      ),
      [
        `x,z,y\n${lines(60, (row) => `${row % 2 ? random(row) : ""},${row % 2 ? "" : random(row)},${row % 6 ? random(row + 100) : ""}`)}`,
        "y",
      ],
      [
        `x,y\n${lines(11_000, (row) => `${random(row)},${row % 50 ? 10 * random(row + 1000) : 0.634 - 1e-16 * (row % 100)}`)}`,
        "y",
      ],
      [`x,z,y\n${lines(11_000, (row) => `${random(row)},${random(row + 20000)},${row % 2 ? "u" : "v"}`)}`, "y"],
      [
        `x,z,y\n${lines(60, (row) => `${random(row)},${random(row + 200)},${row < 2 ? "rare" : ["u", "v"][row % 2]}`)}`,
        "y",
      ],
    ];
    for (const [text, target] of tables) expect(told(tablePipeline(guessed(text, target), names))).toEqual([]);
  });
});
