import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped, escapedLines, jsonText, shellWord } from "../../src/util/escape.js";

/** What a terminal obeys, what reorders or hides text, what breaks a line, and what no UTF-8 or XML can hold. */
const dangerous = [
  ..."\u0000\u0007\u001b\u007f\u0085\u009b\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ufff9\uffff",
  "\ud800",
  "\udfff",
  "\u{e0041}",
  "\u{1ffff}",
];

const anyText = fc.string({ unit: fc.constantFrom(...dangerous, ...'ab \\"\n\t\réש😀') });

test.each(dangerous)("%j is written as its number", (character) => {
  const code = character.codePointAt(0)!.toString(16);
  expect(escaped(`a${character}b`)).toBe(code.length > 4 ? `a\\u{${code}}b` : `a\\u${code.padStart(4, "0")}b`);
  expect(escapedLines(`a\n\t${character}`)).not.toContain(character);
});

test("letters of every script, emoji and their joiners stay as they are", () => {
  for (const text of ["größe", "cafe\u0301", "שלום", "نمی\u200cخواهم", "👩\u200d🔬", "日本語", "0 … 9 → ×"])
    expect(escaped(text)).toBe(text);
});

test("line ends and tabs are written out in a line, and stay in lines", () => {
  expect(escaped("a\r\nb\tc")).toBe("a\\r\\nb\\tc");
  expect(escapedLines("a\r\nb\tc\rd")).toBe("a\nb\tc\\u000dd");
});

test("text that was escaped is not escaped again", () => {
  fc.assert(fc.property(anyText, (text) => escaped(escaped(text)) === escaped(text)));
});

test("JSON says the same value, and no character of it reaches the terminal raw", () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const text = jsonText({ value, more: dangerous });
      expect(text).toBe(escaped(text));
      expect(JSON.parse(text)).toEqual({ value, more: dangerous });
    }),
  );
  expect(jsonText({ a: ["\u009b2J"] }, 1)).toBe('{\n "a": [\n  "\\u009b2J"\n ]\n}');
});

test("a word is written so that a shell reads it back, whatever it holds, and a terminal is not told to do anything", () => {
  const words = [
    "p.yaml",
    "a b",
    "it's",
    "a\u001b[2Jb",
    "tab\tline\n",
    "\u202eright\\u{41}'",
    "\u{e0041}",
    "$HOME `x`",
    "größe 😀",
  ];
  const written = words.map(shellWord);
  expect(written.slice(0, 4)).toEqual(["p.yaml", "'a b'", "'it'\\''s'", "$'a\\u001b[2Jb'"]);
  for (const word of written) expect(escaped(word)).toBe(word);
  const read = execFileSync("bash", ["-c", `printf '%s\\0' ${written.join(" ")}`], {
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
  });
  expect(read.split("\0").slice(0, -1)).toEqual(words);
});
