import { describe, expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import { isSameNumber, numberOf } from "../../src/stages/csv-numbers.js";
import { type Row, RowReader } from "../../src/stages/csv-rows.js";

/** Rows as texts, each with its line in front; the text is read in pieces of a size, or all at once. */
function rowsOf(text: string, delimiter = ",", pieceBytes = 1 << 20): readonly (readonly (string | number)[])[] {
  const rows: (string | number)[][] = [];
  feed(text, (row) => void rows.push([row.line, ...row.texts()]), delimiter, pieceBytes);
  return rows;
}
function feed(text: string, take: (row: Row) => void, delimiter: string, pieceBytes: number): void {
  const reader = new RowReader("t.csv", delimiter, take, pieceBytes);
  reader.push(Buffer.from(text));
  reader.end();
}
const cells = (...given: Parameters<typeof rowsOf>): readonly (readonly (string | number)[])[] =>
  rowsOf(...given).map(([, ...row]) => row);

const refusal = (text: string, pieceBytes?: number): string => {
  try {
    rowsOf(text, ",", pieceBytes);
    return "read";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("rows of a CSV", () => {
  test("end with CRLF or LF, mixed as they come, and have the line that an editor shows", () => {
    expect(rowsOf('x,y\r\n1,2\n\n3,"4\r\n5"\r\n6,7')).toEqual([
      [1, "x", "y"],
      [2, "1", "2"],
      [5, "3", "4\r\n5"],
      [6, "6", "7"],
    ]);
  });
  test("end with a lone CR where the first does, and elsewhere that is white space", () => {
    expect(cells("x,y\r1,2\r3,4")).toEqual([
      ["x", "y"],
      ["1", "2"],
      ["3", "4"],
    ]);
    expect(cells("x,y\n1,2\r3,4\r\n")).toEqual([
      ["x", "y"],
      ["1", "2\r3", "4"],
    ]);
  });
  test("that are no CSV are told with the line", () => {
    expect(refusal('x,y\n1,2\n3,"4\n5,6\n')).toContain('`t.csv:3`: a quote (`"`) opens a cell here and is not closed');
    expect(refusal('x,y\n1,a"b"\n')).toBe(
      '`t.csv:2`: a quote (`"`) stands inside a cell, after `a`. A cell with a quote in it is put in quotes, and the quote is written twice.',
    );
    expect(refusal('x,y\n1,"2"3\n')).toContain("`t.csv:2`: text follows the quote that closes a cell");
  });
  test("of many cells, and over many pieces, are read in time that grows with their length", () => {
    const wide = Array.from({ length: 20_000 }, (_, index) => index).join();
    expect(rowsOf(`${wide}\n${wide}\n`, ",", 100).map((row) => row.length)).toEqual([20_001, 20_001]);
  });
  test("have the same cells and lines in pieces of any size", () => {
    const random = stream(1, [], "csv");
    const words = [
      "1",
      "2.5",
      " ",
      "a b",
      '"",',
      '"x",',
      '"a,b",',
      '"a\n\nb",',
      '"c\r\nd",',
      '"say ""so""",',
      "é",
      "\u00a0",
      ",",
      ",",
      ";",
      "NA",
    ];
    for (let round = 0; round < 400; round++) {
      const lineEnd = ["\n", "\r\n", "\r"][round % 3]!;
      const delimiter = [",", ";", "\t", " "][Math.floor(random.uniform() * 4)]!;
      const parts = Array.from({ length: 20 }, () =>
        random.uniform() < 0.3 ? lineEnd : words[Math.floor(random.uniform() * words.length)]!,
      );
      const text = `\ufeffh${lineEnd}${parts
        .join("")
        .replace(/([^,;\r\n])"/g, "$1")
        .replaceAll(",", delimiter)}`;
      const whole = outcome(() => rowsOf(text, delimiter));
      for (const pieceBytes of [1, 2, 3, 7, 20])
        expect([text, pieceBytes, outcome(() => rowsOf(text, delimiter, pieceBytes))]).toEqual([
          text,
          pieceBytes,
          whole,
        ]);
    }
  });
  test("have the line that an editor shows after empty lines and quoted line ends, in many pieces", () => {
    const block = ["1,2", "", '"a\r\nb\nc",3', "   ", "4,5"].join("\r\n");
    const lines = rowsOf(`${block}\r\n`.repeat(50), ",", 64).map(([line]) => line);
    expect(lines).toEqual(Array.from({ length: 50 }, (_, index) => [1, 5, 7].map((line) => 7 * index + line)).flat());
  });
  test("do not begin a line at a lone CR in a file of line feeds", () => {
    expect(rowsOf("a,b\n1\r2,3\n\n4,5\n").map(([line]) => line)).toEqual([1, 2, 4]);
    expect(refusal('a,b\n1\r2,3\n4,5"\n')).toContain("`t.csv:3`");
  });
  test("are taken in front of one that is no CSV, whose line is right in a later piece too", () => {
    const good = '1,"2\r\n3"\r\n'.repeat(100);
    for (const [bad, line, told] of [
      ['4,5" pipe\r\n', 201, "stands inside a cell, after `5`"],
      ['4,"5"6\r\n', 201, 'text follows the quote that closes a cell, `"5"6'],
      ['4,"5\r\n" 6\r\n', 202, "text follows the quote that closes a cell"],
      ['\r\n4,"5\r\n6\r\n', 202, "is not closed up to the end of the file"],
    ] as const)
      for (const pieceBytes of [1, 100, 1 << 20]) {
        const taken: number[] = [];
        const text = good + bad;
        expect(outcome(() => feed(text, (row) => void taken.push(row.line), ",", pieceBytes))).toContain(
          `\`t.csv:${line}\`: `,
        );
        expect([bad, pieceBytes, refusal(text, pieceBytes)]).toEqual([bad, pieceBytes, expect.stringContaining(told)]);
        expect(taken).toEqual(Array.from({ length: 100 }, (_, index) => 2 * index + 2));
      }
  });
  test("behind a quote that stands at the wrong place are not waited for", () => {
    const reader = new RowReader("t.csv", ",", () => undefined, 64);
    expect(() => {
      reader.push(Buffer.from(`a,b\n1,5" pipe\n${"1,2\n".repeat(100)}`));
    }).toThrow("`t.csv:2`: a quote");
  });
});

/** What is read, or the message of the refusal. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a number in a cell", () => {
  test("has the bits that JavaScript gives its text", () => {
    for (const text of [
      "-0",
      "1.",
      ".5",
      "+.5",
      "007",
      "123456789012345",
      "0.12345678901234567",
      "1e3",
      "1E3",
      "-.5E-1",
      "1e38",
    ])
      expect([text, numberOf(text)]).toEqual([text, Number(text)]);
  });
  test("is none where anything else stands, or where 32 bits do not reach", () => {
    for (const text of ["", ".", "-", "1,5", "0x10", "1 2", "Infinity", "NaN", "1e", "--1", "1.2.3", "1e39", "-1e39"])
      expect([text, numberOf(text)]).toEqual([text, Number.NaN]);
  });
  test("is the same in two spellings of it, and of no other", () => {
    for (const [a, b] of [
      ["1", "1.0"],
      ["01", "1"],
      ["+1", "1."],
      ["-0", "0"],
      [".5", "0.50"],
      ["1e2", "100"],
      ["-1.50", "-01.5"],
    ] as const)
      expect([a, b, isSameNumber(a, b)]).toEqual([a, b, true]);
    for (const [a, b] of [
      ["1", "-1"],
      ["9007199254740993", "9007199254740992"],
      ["1", "one"],
      ["10", "1"],
    ] as const)
      expect([a, b, isSameNumber(a, b)]).toEqual([a, b, false]);
  });
});
