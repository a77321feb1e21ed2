/**
 * What `check` says of tables that are written in another way, and that the way round that it names leads to a right
 * file.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { load } from "../../src/stages/load.js";
import { jsonOf } from "../rig/output.js";
import { rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-dialects-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

/** Titles and messages of what `check` says of one `load`, written as in a pipeline. */
function told(options: string): readonly string[] {
  const document = readText(join(folder, "p.yaml"), `stages:\n  points: {kind: load, source: csv, ${options}}\n`);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ title, message }) => `${title}: ${message}`);
}
const one = (content: string | Uint8Array, options = "target: y", name = "t.csv"): string =>
  told(`train: ${write(name, content)}, ${options}`).join("\n\n");

async function rows(options: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { outputs } = await runKind(load, { source: "csv", target: "y", ...options }, { folder });
  return rowsIn(outputs.train!);
}
/** Carries out the command that a message names, and gives the file that it makes. */
function carriedOut(message: string): string {
  const command = /`((?:sed|tr|tail) [^`]*> (\S+))`/.exec(message);
  if (!command) throw new Error(`no command in: ${message}`);
  execFileSync("sh", ["-c", command[1]!], { cwd: folder });
  return command[2]!;
}
/** The option that a message proposes. */
const proposed = (message: string): string =>
  /`((?:features|leave_out|categories|dates|classes|delimiter): [^`]*)`/.exec(message)![1]!;

describe("lines", () => {
  test("that end now so, now so are read as they are meant", async () => {
    const train = write("ends.csv", "x,y\r\n1,2\n3,4\r\n5,6\n");
    expect(await rows({ train })).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
  test("some of which end with a lone carriage return are told so, and translated they are read", async () => {
    const message = one("x,y\n1,2\r3,4\r5,6\n");
    expect(message).toContain("mixed line ends: `t.csv:2` has 4 cells");
    expect(await rows({ train: carriedOut(message) })).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
});

describe("numbers", () => {
  test("with decimal commas", async () => {
    const message = one("x,1;y\n1,5;2\n-2,25;3,5\n", 'target: y, delimiter: ";"');
    expect(message).toContain("decimal commas: `t.csv:2`, column `x,1`: `1,5` stands where a number belongs.");
    expect(await rows({ train: carriedOut(message), delimiter: ";" })).toEqual([
      [1.5, 2],
      [-2.25, 3.5],
    ]);
  });
  test("with decimal commas in quotes between commas", async () => {
    const message = one('x,z,y\n"1,5",7,"2,25"\n"-3,5",8,"4,75"\n');
    expect(message).toContain("decimal commas: ");
    expect(await rows({ train: carriedOut(message) })).toEqual([
      [1.5, 7, 2.25],
      [-3.5, 8, 4.75],
    ]);
  });
  test("with points between thousands and decimal commas", async () => {
    const message = one("x;y\n1.234,5;2\n2.345.678,25;3\n", 'target: y, delimiter: ";"');
    expect(message).toContain("decimal commas and thousands separators: ");
    expect(await rows({ train: carriedOut(message), delimiter: ";" })).toEqual([
      [1234.5, 2],
      [2345678.25, 3],
    ]);
  });
  test("with commas between thousands", async () => {
    const message = one('x,z,y\n"1,234.5",7,"2"\n"12,345,678",8,"3"\n');
    expect(message).toContain("thousands separators: ");
    expect(await rows({ train: carriedOut(message) })).toEqual([
      [1234.5, 7, 2],
      [12345678, 8, 3],
    ]);
  });
  test("whose comma may be either are left to who knows", () => {
    expect(one("x;y\n1,234;2\n2,345;3\n", 'target: y, delimiter: ";"')).toMatch(
      /If the comma is a decimal comma: `sed .*` *; then.*If it parts thousands: `sed /,
    );
  });
  test("with percent signs, currencies and signs of minus that are no hyphens", async () => {
    const message = one("x,z,y\n$5,10%,−1\n$ 7.25,20 %,2\n");
    expect(message).toContain("signs that are no part of a number: ");
    expect(await rows({ train: carriedOut(message) })).toEqual([
      [5, 10, -1],
      [7.25, 20, 2],
    ]);
  });
  test("in one column of another style, beside words in the target", async () => {
    const message = one("x;y\n1,5;a\n2,5;b\n", 'target: y, delimiter: ";"');
    expect(told(`train: ${carriedOut(message)}, target: y, delimiter: ";", ${proposed(message)}`)).toEqual([]);
  });
  test("among which a word stands for no value", () => {
    const message = one("x,y\nunknown,1\n6,2\n7,2\n");
    expect(message).toContain("If `unknown` stands for no value: `missing: [unknown]`");
    expect(told("train: t.csv, target: y, missing: [unknown], on_missing: drop_row")).toEqual([
      "missing values: `t.csv`: 1 row of 3 left out because of 1 missing cell (x: 1).",
    ]);
  });
  test("that are dates in the target are no names of classes", () => {
    expect(one("x,y\n1,2024-01-01\n2,2024-01-02\n")).toContain(
      "The target `y` holds dates: write them as numbers in the file",
    );
  });
  test("with spaces between thousands", () => {
    expect(one("x,y\n1 234,2\n12 345 678,3\n")).toContain("Save the file without thousands separators");
  });
});

describe("lines before the table", () => {
  test("are told, and cut off it is read", async () => {
    for (const text of ["# made by hand\nx,y\n1,2\n", "Title\n\nof 2 columns\nx,y\n1,2\n"]) {
      const message = one(text);
      expect(message).toContain("lines before the table: ");
      expect(await rows({ train: carriedOut(message) })).toEqual([[1, 2]]);
    }
    const message = one("sep=;\nx;y\n1;2\n");
    expect(await rows({ train: carriedOut(message), delimiter: ";" })).toEqual([[1, 2]]);
  });
});

describe("cells", () => {
  test("none of which stands behind the delimiter at the end of each row are no column", async () => {
    for (const text of ["x,y,\n1,2,\n3,4,\n", "x,y\n1,2,\n3,4,\n", "x,y,,\n1,2,,\n3,4,,\n", "x,y,\n1,2\n3,4\n"])
      for (const on_missing of ["error", "drop_row", "mean"])
        expect([text, await rows({ train: write("end.csv", text), on_missing })]).toEqual([
          text,
          [
            [1, 2],
            [3, 4],
          ],
        ]);
    expect(await rows({ train: write("end.csv", "1,2,\n3,4,\n"), header: false, target: "column_2" })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await rows({ train: write("end.csv", "1,2,\n3,4,\n"), header: ["x", "y"] })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
  test("behind it are a column without a name where one holds something", async () => {
    const train = write("end.csv", "x,y,\n1,2,\n3,4,8\n");
    expect(await rows({ train, on_missing: "mean" })).toEqual([
      [1, 8, 2],
      [3, 8, 4],
    ]);
    expect(one("x,y\n1,2,\n3,4,5\n")).toContain("ragged row: `t.csv:3` has 3 cells");
  });
  test("aligned by spaces are told so, and with commas between them they are read", async () => {
    const text = " 0.5  18.00   2\n 10.25  0.00  3\n";
    for (const options of [
      'delimiter: " ", header: false, target: column_3',
      "header: false, target: column_3",
      "delimiter: tab, header: false, target: column_3",
    ]) {
      const message = one(text, options, "aligned.data");
      expect(message).toContain("The columns seem to be aligned by spaces.");
      expect(await rows({ train: carriedOut(message), header: false, target: "column_3" })).toEqual([
        [0.5, 18, 2],
        [10.25, 0, 3],
      ]);
    }
  });
  test("between another delimiter are told by it", async () => {
    for (const [text, delimiter] of [
      ["x;y\n1;2\n", ";"],
      ["x\ty\n1\t2\n", "tab"],
      ["x y\n1 2\n", " "],
      ["x|y\n1|2\n", "|"],
    ] as const) {
      const message = one(text);
      expect(proposed(message)).toBe(`delimiter: ${delimiter === "tab" ? "tab" : `"${delimiter}"`}`);
      expect(await rows({ train: "t.csv", delimiter })).toEqual([[1, 2]]);
    }
  });
  test("of a decimal comma without quotes, and of the names of rows, are told as that", async () => {
    expect(one("x,y\n1,5,2,5\n")).toContain("Is a comma part of a number");
    const message = one("x,y\n1,5,6\n2,7,8\n");
    expect(message).toContain("Is the first cell the name or number of the row, as R writes it?");
    expect(await rows({ train: carriedOut(message), features: ["x"] })).toEqual([
      [5, 6],
      [7, 8],
    ]);
  });
  test("of text lead to what reads them, and to the other columns, by names that YAML reads as they are", () => {
    const message = one('when,"a: b",2019,"c: y",y\n2024-01-01,1,5,Rome,2\n2024-01-02,2,6,Oslo,3\n');
    expect(message.split("\n").slice(-3)).toEqual([
      "The column `when` holds dates: `dates: [when]` makes days since 1970 of them.",
      'The column `c: y` holds words: `categories: ["c: y"]` makes a feature of each.',
      'Or leave them out: `leave_out: [when, "c: y"]`.',
    ]);
    expect(told('train: t.csv, target: y, dates: [when], categories: ["c: y"]')).toEqual([]);
    expect(told('train: t.csv, target: y, leave_out: [when, "c: y"]')).toEqual([]);
    const lone = one("when,y\n2024-01-01,2\n2024-01-02,3\n");
    expect(lone).toContain("The column `when` holds dates: `dates: [when]` makes days since 1970 of them.");
    expect(lone).not.toContain("leave");
    expect(told(`train: t.csv, target: y, ${proposed(lone)}`)).toEqual([]);
  });
  test("of text that is no category, or a date that is not read, lead to the other columns", () => {
    const names = Array.from({ length: 12 }, (_, row) => `${row},name ${row},${row}`).join("\n");
    const message = one(`x,who,y\n${names}\n`);
    expect(message).toMatch(/The column `who` holds text\.\nLeave it out: `leave_out: \[who\]`\.$/);
    expect(told(`train: t.csv, target: y, ${proposed(message)}`)).toEqual([]);
    expect(one("x,when,y\n1,31.3.2024,2\n2,1.4.2024,3\n")).toMatch(
      /The column `when` holds dates, but not in ISO 8601 \(`2024-03-31`\): write them so, for `dates`\.\nOr leave it out/,
    );
    expect(told("train: t.csv, target: y, features: [x, when]").join()).toMatch(/Or leave it out of `features`\.$/);
  });
  test("of text beside columns of words lead to a list with both", () => {
    one("x,a,b,y\n1,r,s,2\n2,t,u,3\n");
    const message = told("train: t.csv, target: y, categories: [a]").join();
    expect(proposed(message)).toBe("categories: [a, b]");
    expect(told(`train: t.csv, target: y, ${proposed(message)}`)).toEqual([]);
  });
  test("of words in the target lead to classes", () => {
    for (const words of ["True False", "yes no", "null nan", "1.0 one", "~ -", "#c a:", "01 0x2", "TRUE 1e3", "é 🙂"]) {
      const [a, b] = words.split(" ");
      const message = one(`x,y\n1,${a}\n2,${b}\n3,${a}\n`, "target: y, missing: [none]");
      if (message.includes("classes:"))
        expect([words, told(`train: t.csv, target: y, missing: [none], ${proposed(message)}`)]).toEqual([words, []]);
    }
    expect(proposed(one("x,y\n1,True\n2,False\n"))).toBe("classes: auto");
  });
});

describe("words of the file in a pipeline", () => {
  test("are taken as they are spelled there", () => {
    write("w.csv", "x,y,part\n1,True,1.0\n2,False,1.0\n3,True,02\n4,null,02\n");
    expect(
      told("file: w.csv, target: y, split: {column: part, train: 1.0, test: 02}, classes: [True, False, null]"),
    ).toEqual([]);
    expect(
      told("file: w.csv, target: y, split: {column: part, train: 1, test: 02}, classes: [True, False, null]").join(),
    ).toContain("`1.0` is not a value that `split` names");
    expect(
      told("file: w.csv, target: y, split: {column: part, train: 1.0, test: 02}, classes: [true, false, null]").join(),
    ).toContain("`True` is none of the classes");
    expect(one("x,y\n-99,1\n2,2\n", "target: y, missing: [-99], on_missing: drop_row")).toContain(
      "1 row of 2 left out",
    );
    expect(one("x,y\n1,1\n2,2\n3,3\n", "target: y, classes: [1, 2, 3]")).toBe("");
  });
  test("may come from a parameter", () => {
    write("w.csv", "x,y\n1,True\n2,False\n");
    const text =
      'params: {words: [True, False]}\nstages:\n  points: {kind: load, source: csv, train: w.csv, target: y, classes: "${params.words}"}\n';
    const document = readText(join(folder, "p.yaml"), text);
    expect(document.ok && checkPipeline(document.value, kinds).diagnostics).toEqual([]);
  });
});

describe("text", () => {
  test("in another encoding whose names are asked for is told so, and converted it is read", async () => {
    const message = one(Buffer.from("Gr\xf6\xdfe,y\n1,2\n", "latin1"), "target: y, features: [Größe]");
    expect(message).toContain("The header is not in UTF-8.");
    expect(message).not.toContain("Did you mean");
    execFileSync("sh", ["-c", /`(iconv [^`]*)`/.exec(message)![1]!], { cwd: folder });
    expect(await rows({ train: "utf8-t.csv", features: ["Größe"] })).toEqual([[1, 2]]);
  });
  test("names a column twice, or several not at all", () => {
    expect(one("x,x,y\n1,2,3\n")).toContain(
      "`t.csv:1` has the column `x` twice. Give each column a name of its own there.",
    );
    expect(one(",x,,y\n1,2,3,4\n")).toContain(
      "`t.csv:1` has columns without a name (cell 1, cell 3). Give each column a name of its own there.",
    );
  });
  test("in another encoding is a mistake where words are taken as they stand, as different ones would be one", async () => {
    const asUtf8 =
      "Save the file as UTF-8; of the usual other one: `iconv -f LATIN1 -t UTF-8 t.csv > utf8-t.csv`, then name that file.";
    const latin = Buffer.from("x,g,k,y\n1,a,b,s\xfc\xdf\n2,\xe4,b,s\xe4\xdf\n3,a,\xf6,sau\n", "latin1");
    const placed = (line: number, column: string, cell: string): string =>
      `\`t.csv:${line}\`, column \`${column}\`: \`${cell}\` has bytes that are not UTF-8. ${asUtf8}`;
    const said = one(latin, "target: y, features: [x], classes: auto");
    expect(said).toContain("not UTF-8");
    expect(said).toContain(placed(2, "y", "s\ufffd\ufffd"));
    expect(one(latin, "target: x, features: [k], categories: [k]")).toContain(placed(4, "k", "\ufffd"));
    expect(one("x,k,y\n1,\ufffd,1\n2,b,2\n", "target: y, categories: [k]")).toBe("");
    expect(one(latin, "target: x, features: [k], categories: [k], group: g")).toContain(placed(3, "g", "\ufffd"));
    expect(one(Buffer.from("gr\xf6\xdfe,y\n1,2\n", "latin1"))).toContain(
      `The name of the column \`gr\ufffd\ufffde\` of \`t.csv\` has bytes that are not UTF-8. ${asUtf8}`,
    );
    // Numbers beside a note that is not read lose nothing.
    expect(one(Buffer.from("x,note,y\n1,\xfc,2\n", "latin1"), "target: y, features: [x]")).toBe("");
  });
  test("in quotes may hold line ends and delimiters, in names and in columns that are not read", async () => {
    const train = write("quoted.csv", '"a\nb","note",y\r\n1,"x, ""y""\r\nz",2\r\n');
    expect(await rows({ train, features: ["a\nb"] })).toEqual([[1, 2]]);
  });
  test("around names is left out", async () => {
    expect(await rows({ train: write("blanks.csv", " x , y \n 1 , 2 \n") })).toEqual([[1, 2]]);
  });
});

describe("columns", () => {
  test("that are features and something else are refused at their place", () => {
    write("c.csv", "part,x,y\n1,2,3\n2,3,4\n");
    expect(told("train: c.csv, target: y, features: [x, y]")).toEqual([
      "the target among the features: The column `y` is the target. Who learns from it learns nothing else: leave it out of `features`.",
    ]);
    expect(told("train: c.csv, target: y, features: [x, part, x]")).toEqual([
      "a feature twice: `features` names the column `x` twice. Name it once.",
    ]);
    expect(told("file: c.csv, split: {column: part, train: 1, test: 2}, target: part").join()).toContain(
      "the split as target",
    );
    expect(
      told("file: c.csv, split: {column: part, train: 1, test: 2}, target: y, features: [part, x]").join(),
    ).toContain("the split among the features");
  });
  test("may have any name", async () => {
    const text = "constructor,toString,__proto__,hasOwnProperty,y\n1,2,3,4,5\n,3,,1,6\n2,,5,2,7\n";
    const train = write("names.csv", text);
    const { outputs } = await runKind(load, { source: "csv", target: "y", train, on_missing: "mean" }, { folder });
    expect(Object.entries(jsonOf(outputs.train).missing as object)).toEqual([
      ["constructor", 1],
      ["__proto__", 1],
      ["toString", 1],
    ]);
    expect(rowsIn(outputs.train!)[1]).toEqual([1.5, 3, 4, 1, 6]);
  });
  test("that only count the rows are warned of, and how to leave them out", () => {
    for (const name of ["", "Unnamed: 0", "id", "Index", "row_number"]) {
      const message = one(`${name},x,y\n${[0, 1, 2, 3].map((row) => `${row},${row * row},1`).join("\n")}\n`);
      expect([name, message]).toEqual([name, expect.stringContaining("only numbers the rows")]);
      expect(told(`train: t.csv, target: y, ${proposed(message)}`)).toEqual([]);
      expect(told("train: t.csv, target: y, allow: [index_column]")).toEqual([]);
    }
    expect(one(",x,y\n7,1,2\n3,4,5\n9,6,7\n")).toContain("only numbers the rows");
    expect(one("x,z,y\n1,1,2\n2,4,5\n3,6,7\n")).toBe("");
    expect(one("id,x,y\n1,1,2\n1,4,5\n2,6,7\n")).toBe("");
  });
});
