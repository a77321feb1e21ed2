/**
 * Numbers as people read them: durations, sizes, metrics, counts.
 *
 * They are all here, so that a number looks the same wherever it is said. Lines for a terminal write a fraction with a
 * hyphen before it, as they always have; figures and messages about data, which people quote, with a minus sign.
 */

/** Milliseconds as people say them: `0.3 s`, `12 s`, `1 min 20 s`, `1 h 05 min`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** So many significant digits; what is no finite number stays what it is. */
export const rounded = (value: number, digits = 6): number => Number(value.toPrecision(digits));

/** The double with the fewest digits that is this number in 32 bits: 0.1 of 0.10000000149011612. */
export function shortest32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = rounded(value, digits);
    if (Math.fround(short) === value) return short;
  }
  return rounded(value, 9);
}

/** Four significant digits, without an exponent for most; a dash for what is undefined. */
export const numberOrDash = (value: number | null | undefined): string =>
  typeof value === "number" ? String(rounded(value, 4)) : "–";

/** Four significant digits; a fraction right goes as a percentage elsewhere. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6 ? String(rounded(value, 4)) : value.toExponential(2);
}
/** At most so many significant digits, no zeros at the end, a true minus sign: `−0.94`. */
export const roundedText = (value: number, digits: number): string => String(rounded(value, digits)).replace("-", "−");

/**
 * A number as figures say it: three significant digits unless said otherwise, zeros at the end included, a true minus
 * sign, and words for what is no number.
 */
export function numberText(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return plainText(value, digits).replaceAll("-", "−");
}
function plainText(value: number, digits: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return value.toExponential(digits - 1).replace("e+", "e");
  return size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
}

/** The same without zeros at the end: −0.94 where a column would say −0.940. */
export function shortText(value: number, digits = 3): string {
  const text = numberText(value, digits);
  return text.includes("e") || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
}

/**
 * A p-value: `0.031`, `3e-9`; `1` and `0.99` are not rounded into each other, and nothing is a p of 0.
 *
 * Two digits, one where an exponent says how small it is.
 */
export function pText(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  if (p === 0) return "< 1e-300";
  if (p < 1e-4) return p.toExponential(0);
  return p < 1 ? Math.min(0.99, p).toPrecision(2) : "1";
}

/** The same in a sentence: `p = 0.031`, `p < 1e-300`. */
export function pSentence(p: number | null | undefined): string {
  const text = pText(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

/**
 * So many decimals, a number that lies in the middle of two to the even one, as Python and so scikit-learn prints it:
 * 0.125 is 0.12, which `toFixed` makes 0.13.
 *
 * @param value  0 … 1
 */
export function fixedToEven(value: number, decimals: number): string {
  // In the middle lies exactly what is an odd multiple of 2 to the −(decimals + 1), and so is scaled without rounding.
  if (Math.abs(value * 2 ** (decimals + 1)) % 2 !== 1) return value.toFixed(decimals);
  const below = Math.floor(value * 10 ** decimals);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** decimals).toFixed(decimals);
}

export const formatPercent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;

/**
 * A fraction in so many decimals; one that is not 0 or 1 does not look as if it were: `> 0.9999` of 0.99997.
 */
export function fractionText(fraction: number, decimals = 4): string {
  const [text, step] = [fraction.toFixed(decimals), 10 ** -decimals];
  if (fraction < 1 && Number(text) === 1) return `> ${(1 - step).toFixed(decimals)}`;
  return fraction > 0 && Number(text) === 0 ? `< ${step.toFixed(decimals)}` : text;
}

/**
 * `60,000`. A count that is no longer exact is written without, as its digits are not known.
 *
 * Whole numbers are grouped by hand: the first `toLocaleString` of a process takes 10 ms and more.
 */
export function grouped(count: number): string {
  if (Number.isSafeInteger(count)) return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  return Math.abs(count) <= Number.MAX_SAFE_INTEGER ? count.toLocaleString("en") : String(count);
}

/** Bytes as people say them: `812 bytes`, `4.2 MiB`, `31 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1023.5 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  const shown = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${shown} ${bytes === 1 ? "byte" : units[unit]}`;
}

/** For what is asked of a machine's memory, where one unit lets amounts be compared: `0.25 GiB`, `1,200 GiB`. */
export const formatGibibytes = (bytes: number): string => `${grouped(rounded(bytes / 2 ** 30, 3))} GiB`;
