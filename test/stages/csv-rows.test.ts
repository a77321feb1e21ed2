import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { stream } from "../../src/learn/random.js";
import { isSameNumber, numberIn, numberOf } from "../../src/stages/csv-numbers.js";
import { RowReader } from "../../src/stages/csv-rows.js";

/** Rows as texts, each with its line in front; the bytes come in pieces of a size. */
function rowsOf(text: string | Uint8Array, delimiter = ",", pieceBytes = 1 << 20): readonly (readonly (string | number)[])[] {
  const rows: (string | number)[][] = [];
  const reader = new RowReader("t.csv", delimiter, (row) => void rows.push([row.line, ...row.texts()]));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  reader.end();
  return rows;
}
const cells = (...given: Parameters<typeof rowsOf>): readonly (readonly (string | number)[])[] => rowsOf(...given).map(([, ...row]) => row);

/** What an independent reader of CSV makes of it, or that it refuses. */
function others(text: string, delimiter: string): unknown {
  try {
    return parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true, relax_column_count: true });
  } catch {
    return "refused";
  }
}
function ours(text: string, delimiter: string, pieceBytes: number): unknown {
  try {
    return cells(text, delimiter, pieceBytes);
  } catch (error) {
    if (error instanceof MistakeError) return "refused";
    throw error;
  }
}

const refusal = (text: string): string => {
  try {
    rowsOf(text);
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
  test("are those that an independent reader finds, in pieces of any size", () => {
    const random = stream(1, [], "csv");
    const words = ["1", "2.5", "", " ", "a b", '"', '""', '"x"', '"a,b"', '"a;b\n"', '"say ""so"""', "é", "\u00a0", "\t", ",", ",", ";", ";", "NA", "7"];
    let compared = 0;
    for (let round = 0; round < 900; round++) {
      const lineEnd = ["\n", "\r\n", "\r"][round % 3]!;
      const delimiter = [",", ";", "\t", " ", "·"][Math.floor(random.uniform() * 5)]!;
      const length = Math.floor(random.uniform() * 14);
      const text = `h${lineEnd}${Array.from({ length }, () => (random.uniform() < 0.2 ? lineEnd : words[Math.floor(random.uniform() * words.length)]!)).join("")}`;
      // Another reader takes a second quoted text after the first for its continuation.
      if (/"\s*"[^,;\s]/.test(text.replaceAll('""', "")) || (lineEnd === "\r\n" && /"[^"]*[^\r]\n/.test(text)) || (lineEnd === "\r" && text.includes("\n")))
        continue;
      const wanted = others(text, delimiter);
      if (wanted === "refused") continue;
      compared++;
      expect([text, ours(text, delimiter, 1 << 20)]).toEqual([text, wanted]);
      expect([text, ours(text, delimiter, 1 + (round % 5))]).toEqual([text, wanted]);
    }
    expect(compared).toBeGreaterThan(200);
  });
});

describe("a number in a cell", () => {
  const fast = (text: string): number | undefined => numberIn(Buffer.from(text), 0, text.length);

  test("read from its bytes has the bits that JavaScript gives its text", () => {
    const random = stream(2, [], "numbers");
    for (let round = 0; round < 20_000; round++) {
      const digits = Math.floor(random.uniform() * 10 ** (1 + Math.floor(random.uniform() * 15))).toString();
      const point = Math.floor(random.uniform() * (digits.length + 1));
      const text = `${["", "-", "+"][round % 3]}${"0".repeat(round % 4)}${digits.slice(0, point)}.${digits.slice(point)}`;
      const found = fast(text);
      if (found !== undefined) expect([text, found]).toEqual([text, Number(text)]);
    }
    expect([fast("-0"), fast("1."), fast(".5"), fast("007"), fast("123456789012345")]).toEqual([-0, 1, 0.5, 7, 123456789012345]);
  });
  test("of many digits or with an exponent is left to JavaScript", () => {
    expect([fast("1e3"), fast("0.12345678901234567"), fast("1E3")]).toEqual([undefined, undefined, undefined]);
    expect([numberOf("1e3"), numberOf("-.5E-1"), numberOf("1e38")]).toEqual([1000, -0.05, 1e38]);
  });
  test("is none where anything else stands, or where 32 bits do not reach", () => {
    for (const text of ["", ".", "-", "1,5", "0x10", "1 2", "Infinity", "NaN", "1e", "--1", "1.2.3", "1e39", "-1e39"])
      expect([text, numberOf(text)]).toEqual([text, Number.NaN]);
    for (const text of ["", ".", "-", "1,5", "0x10", "1 2", "1.2.3"]) expect([text, fast(text)]).toEqual([text, Number.NaN]);
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
