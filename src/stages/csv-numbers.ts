/** Decimal numbers as a CSV spells them: with a point, or an exponent, and nothing around. */

const spelling = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
export const isNumberText = (cell: string): boolean => spelling.test(cell);

/** NaN for anything that is not a decimal number within reach of 32 bits. */
export function numberOf(cell: string): number {
  return within(spelling.test(cell) ? Number(cell) : Number.NaN);
}
const within = (value: number): number => (Number.isFinite(Math.fround(value)) ? value : Number.NaN);

/** Two spellings of one number, such as `1` and `1.0`, however many digits they have. */
export function isSameNumber(a: string, b: string): boolean {
  const key = numberKey(a);
  return key !== undefined && key === numberKey(b);
}
/** One text for all spellings of one number; undefined for what is no number. */
export const numberKey = (cell: string): string | undefined => (spelling.test(cell) ? plainDigits(cell) : undefined);

/** Without a plus, zeros in front and zeros behind the point; one with an exponent as a double has it. */
function plainDigits(text: string): string {
  const [, sign, digits] = /^([+-]?)(.*)$/.exec(/e/i.test(text) ? String(Number(text)) : text)!;
  if (/e/i.test(digits!)) return sign === "-" ? `-${digits}` : digits!;
  const [whole, fraction = ""] = digits!.split(".") as [string, string?];
  const found = `${whole.replace(/^0+(?=.)/, "") || "0"}.${fraction.replace(/0+$/, "")}`;
  return sign === "-" && /[1-9]/.test(found) ? `-${found}` : found;
}
