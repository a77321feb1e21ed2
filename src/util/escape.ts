/**
 * Text of data made fit to be shown: a character that moves the cursor, reorders, hides or breaks a line is written as
 * its number, such as `\u001b`.
 *
 * Names, headers, labels, titles, file names and the words of libraries come from files, and a terminal obeys what it
 * is sent: every text that is not our own goes through here before it is shown, or drawn, where some of these
 * characters would break the SVG. Letters of every script stay as they are, and so do the joiners that scripts and
 * emoji are written with (U+200C, U+200D).
 */
const joiner = "\\u00ad\\u180e\\u200b\\u2060-\\u2064\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}";
const dangerous = new RegExp(
  `[\\p{Cc}\\p{Surrogate}\\p{Bidi_Control}\\p{Noncharacter_Code_Point}\\u2028\\u2029${joiner}]`,
  "gu",
);
const harmless = /^[\u0020-\u007e]*$/;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const numberOf = (character: string): string => {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** As one line: line ends and tabs are written out as well. */
export function escaped(text: string): string {
  return harmless.test(text) ? text : text.replace(dangerous, (character) => short[character] ?? numberOf(character));
}

/** As lines: line ends and tabs stay. A line that ended in CR LF ends in LF. */
export function escapedLines(text: string): string {
  return harmless.test(text)
    ? text
    : text
        .replace(/\r\n/g, "\n")
        .replace(dangerous, (character) =>
          character === "\n" || character === "\t" ? character : numberOf(character),
        );
}

/**
 * A value as JSON text that may be sent to a terminal: what `JSON.stringify` leaves as it is (DEL, C1, bidi controls)
 * is written as `\u009b`, which JSON reads back as the same character.
 */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  if (harmless.test(text)) return text;
  const units = (character: string): string =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join("");
  return text.replace(dangerous, (character) => (character === "\n" ? character : units(character)));
}

/**
 * A word as a shell takes it. With control characters that is `$'…'`, which bash and zsh read, so that it can be shown
 * and still be typed.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (escaped(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  const inner = escaped(word.replaceAll("\\", "\\\\").replaceAll("'", "\\'"));
  return `$'${inner.replace(/(?<!\\)\\u\{([0-9a-f]+)\}/g, (_whole, code: string) => `\\U${code.padStart(8, "0")}`)}'`;
}
