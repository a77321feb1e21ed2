/** Each figure as it is accepted, which is how the reference page shows it. `vitest -u` accepts it as it is drawn now. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { pictures } from "../../scripts/figure-pictures.js";
import { picturePath, transformPicture } from "../../scripts/reference.js";
import { studyPrefix } from "../../scripts/results/figures.js";
import { transformNames } from "../../src/augment/transforms.js";
import { figures } from "../../src/stages/figures.js";

const docs = join(import.meta.dirname, "..", "..", "docs");
const committed = readdirSync(join(docs, "figures"))
  .filter((file) => !file.startsWith(studyPrefix))
  .map((file) => `figures/${file}`);
let drawn: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  drawn = await pictures();
}, 120_000);

test.each(figures.map(({ name }) => name))("the committed picture of %s is what its sample gives", async (name) => {
  const svg = drawn[picturePath(name)]!;
  await expect(svg).toMatchFileSnapshot(join(docs, picturePath(name)));
  expect(svg.length).toBeLessThan(40_000);
  expect(readFileSync(join(docs, "reference.md"), "utf8")).toContain(`](${picturePath(name)})`);
});

test.each(transformNames)("the committed picture of the transform %s is what it does", async (name) => {
  const path = picturePath(transformPicture(name));
  const svg = drawn[path]!;
  await expect(svg).toMatchFileSnapshot(join(docs, path));
  expect(svg.length).toBeLessThan(30_000);
  expect(readFileSync(join(docs, "reference.md"), "utf8")).toContain(`](${path})`);
});

test("every figure has its committed picture, and there is no picture of a figure that is none", () => {
  expect(committed.toSorted()).toEqual(Object.keys(drawn).toSorted());
});
