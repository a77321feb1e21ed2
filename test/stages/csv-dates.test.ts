import { describe, expect, test } from "vitest";
import { daysOf, looksLikeDate } from "../../src/stages/csv-dates.js";

describe("a date", () => {
  test("is the days since 1970-01-01, as JavaScript counts them", () => {
    for (const text of ["1970-01-01", "1969-12-31", "2000-02-29", "1900-03-01", "2024-12-31", "9999-12-31"])
      expect([text, daysOf(text)]).toEqual([text, Date.parse(text) / 86_400_000]);
    expect(daysOf("0001-01-01")).toBe(-719162);
    expect(daysOf("0099-12-31")).toBe(daysOf("0100-01-01") - 1);
  });
  test("has a time of day as a fraction, in UTC or its own zone", () => {
    expect(daysOf("1970-01-01T12:00")).toBe(0.5);
    expect(daysOf("1970-01-01 06:00:00Z")).toBe(0.25);
    expect(daysOf("1970-01-02T01:30:00.000+01:30")).toBe(1);
    expect(daysOf("1970-01-01T23:00:00-0100")).toBe(1);
    expect(daysOf("1970-01-01 00:00:00 +00")).toBe(0);
    expect(daysOf("2024-03-31T18:45:30.25Z")).toBeCloseTo(Date.parse("2024-03-31T18:45:30.250Z") / 86_400_000, 9);
  });
  test("is none where there is no such day or time, or another spelling", () => {
    for (const text of [
      ...["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-04-31"],
      ...["2024-01-01T24:00", "2024-01-01T12:60", "2024-01-01T12:00:60", "2024-01-01T12", "2024-01-01T12:00+25:00"],
      ...["31.3.2024", "03/31/2024", "2024/03/31", "20240331", "2024", "2024-3-1", "2024-01", "today", "", "-1"],
      ...["2024-01-01Z", "2024-01-01T12:00 UTC", "12024-01-01"],
    ])
      expect([text, daysOf(text)]).toEqual([text, Number.NaN]);
  });
  test("is told from other text by its look, however it is spelled", () => {
    for (const text of ["31.3.2024", "03/31/24", "2024-02-30", "31 Mar 2024", "March 31, 2024", "2024/3/1 12:00"])
      expect([text, looksLikeDate(text)]).toEqual([text, true]);
    for (const text of ["maybe", "12", "1.5", "a-b-c", "market 3"])
      expect([text, looksLikeDate(text)]).toEqual([text, false]);
  });
});
