/** The reference page shows each figure as it is drawn now. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { pictures } from "../../../scripts/figure-pictures.js";
import { picturePath } from "../../../scripts/reference.js";
import { figures } from "../../../src/stages/figures.js";

const docs = join(import.meta.dirname, "..", "..", "..", "docs");
const committed = (path: string): string => readFileSync(join(docs, path), "utf8");
let drawn: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  drawn = await pictures();
}, 120_000);

test.each(figures.map(({ name }) => name))("the committed picture of %s is what its sample gives", (name) => {
  expect(committed(picturePath(name)) === drawn[picturePath(name)], "scripts/write-docs.ts writes it").toBe(true);
  expect(committed(picturePath(name)).length).toBeLessThan(40_000);
  expect(committed("reference.md")).toContain(`](${picturePath(name)})`);
});

test("there is no picture of a figure that is none", () => {
  expect(
    readdirSync(join(docs, "figures"))
      .map((file) => `figures/${file}`)
      .toSorted(),
  ).toEqual(Object.keys(drawn).toSorted());
});
