/** When colour is used: a terminal, and neither NO_COLOR, TERM=dumb nor --no-color. */
export type Paint = (style: Style, text: string) => string;
export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";
const codes: Readonly<Record<Style, string>> = {
  bold: "1",
  dim: "2",
  green: "32",
  red: "31",
  yellow: "33",
  cyan: "36",
};

export const colorOnStdout = (flags: { readonly color?: boolean }): boolean =>
  flags.color !== false && !process.env.NO_COLOR && process.env.TERM !== "dumb" && process.stdout.isTTY === true;

export const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color && text !== "" ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
