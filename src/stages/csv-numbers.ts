/** Decimal numbers as a CSV spells them: with a point, or an exponent, and nothing around. */

const spelling = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
export const isNumberText = (cell: string): boolean => spelling.test(cell);

/** NaN for anything that is not a decimal number within reach of 32 bits. */
export function numberOf(cell: string): number {
  return within(spelling.test(cell) ? Number(cell) : Number.NaN);
}
const within = (value: number): number => (Number.isFinite(Math.fround(value)) ? value : Number.NaN);

/** 10⁰ … 10²²: the powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const mostDigits = 15;

/**
 * The same from bytes, a good deal faster: up to 15 digits make a whole number that a double holds exactly, and one product or quotient
 * with an exact power of ten is rounded as `Number` rounds (W. D. Clinger, 1990). Undefined where that does not reach.
 */
export function numberIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const sign = bytes[at];
  if (sign === 43 || sign === 45) at++;
  let [whole, digits, seen, point] = [0, 0, 0, -1];
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 || digit > 0) digits++;
      if (digits > mostDigits) return undefined;
      whole = 10 * whole + digit;
      seen++;
    } else if (digit === -2 && point < 0) point = seen;
    else return digit === 21 || digit === 53 ? undefined : Number.NaN;
  }
  if (seen === 0) return Number.NaN;
  const places = point < 0 ? 0 : seen - point;
  if (places >= powers.length) return undefined;
  const value = within(places === 0 ? whole : whole / powers[places]!);
  return sign === 45 ? -value : value;
}

/** Two spellings of one number, such as `1` and `1.0`, however many digits they have. */
export function isSameNumber(a: string, b: string): boolean {
  if (!spelling.test(a) || !spelling.test(b)) return false;
  return plainDigits(a) === plainDigits(b);
}

/** Without a plus, zeros in front and zeros behind the point; one with an exponent as a double has it. */
function plainDigits(text: string): string {
  const [, sign, digits] = /^([+-]?)(.*)$/.exec(/e/i.test(text) ? String(Number(text)) : text)!;
  if (/e/i.test(digits!)) return sign === "-" ? `-${digits}` : digits!;
  const [whole, fraction = ""] = digits!.split(".") as [string, string?];
  const found = `${whole.replace(/^0+(?=.)/, "") || "0"}.${fraction.replace(/0+$/, "")}`;
  return sign === "-" && /[1-9]/.test(found) ? `-${found}` : found;
}
