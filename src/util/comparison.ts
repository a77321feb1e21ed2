/**
 * A comparison as text, such as '>= 0.9': one operator and what stands behind it.
 *
 * `==` means equal wherever comparisons stand. Something that begins like an operator and is none is a mistake, not
 * text.
 */
const operators = [">=", "<=", ">", "<", "==", "!="] as const;
export type Operator = (typeof operators)[number];
export interface Comparison {
  readonly operator: Operator;
  readonly operand: string;
}
/** What was written for an operator, and what it was most likely meant to be. */
interface UnknownOperator {
  readonly written: string;
  readonly near: Operator | undefined;
}

const meant: Readonly<Record<string, Operator>> = {
  "=>": ">=",
  "=<": "<=",
  "=": "==",
  "===": "==",
  "≥": ">=",
  "≤": "<=",
  "≠": "!=",
  "<>": "!=",
  "=!": "!=",
  "!==": "!=",
  "!": "!=",
};

/** Null of a text that does not begin like a comparison. */
export function comparisonIn(text: string): Comparison | UnknownOperator | null {
  const [, written, operand] = /^\s*([<>=!≤≥≠]+)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  if (written === undefined || operand === undefined) return null;
  const operator = operators.find((each) => each === written);
  return operator
    ? { operator, operand }
    : { written, near: Object.hasOwn(meant, written) ? meant[written] : undefined };
}

/** " `=>` is no comparison. Did you mean `>=`?" */
export const unknownOperator = ({ written, near }: UnknownOperator): string =>
  `\`${written}\` is no comparison.${near ? ` Did you mean \`${near}\`?` : ` Comparisons: ${operators.join(", ")}.`}`;

/** A text is a number where it says one, as YAML would read it. */
export const numberIn = (text: string): number | null =>
  /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : null;

export function compares(operator: Operator, value: number, bound: number): boolean {
  switch (operator) {
    case ">=":
      return value >= bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case "<":
      return value < bound;
    case "==":
      return value === bound;
    case "!=":
      return value !== bound;
  }
}
