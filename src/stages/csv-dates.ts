/**
 * Dates as ISO 8601 spells them, as numbers: days since 1970-01-01 in UTC, with a time of day as a fraction.
 *
 *   2024-03-31   2024-03-31T18:45   2024-03-31 18:45:30.25Z   2024-03-31T18:45:30+02:00
 *
 * Without a zone a time is one of UTC. Days are those of the Gregorian calendar, before 1582 too, and have 86,400
 * seconds.
 */

const spelling =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(?: ?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?))?)?$/i;
const daySeconds = 86_400;

/** Days since 1970-01-01T00:00Z, negative before; NaN for what is no such date, or none of the calendar. */
export function daysOf(text: string): number {
  const found = spelling.exec(text);
  if (!found) return Number.NaN;
  const [, years, months, days, hours = "0", minutes = "0", seconds = "0", , sign, zoneHours, zoneMinutes] = found;
  const [year, month, day] = [Number(years), Number(months), Number(days)];
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  const [eastHours, eastMinutes] = [Number(zoneHours ?? 0), Number(zoneMinutes ?? 0)];
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  const isTime = hour < 24 && minute < 60 && second < 60 && eastHours < 24 && eastMinutes < 60;
  if (!isDay || !isTime) return Number.NaN;
  const east = (sign === "-" ? -60 : 60) * (60 * eastHours + eastMinutes);
  return dayNumber(year, month, day) + (3600 * hour + 60 * minute + second - east) / daySeconds;
}

/** What a cell looks like that its writer took for a date, however it is spelled. */
export const looksLikeDate = (text: string): boolean =>
  /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?$/.test(text) || namedMonth.test(text);
const namedMonth = new RegExp(
  "^(\\d{1,2}[. -]+)?(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t|tember)?|" +
    "oct(ober)?|nov(ember)?|dec(ember)?)[., -]+\\d",
  "i",
);

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysIn = (year: number, month: number): number =>
  [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;

/** Of a day of the Gregorian calendar, 0 for 1970-01-01. `Date.UTC` would take the years 0 to 99 for 1900 to 1999. */
function dayNumber(year: number, month: number, day: number): number {
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  return time.getTime() / (1000 * daySeconds);
}
