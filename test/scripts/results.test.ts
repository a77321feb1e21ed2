/** docs/results.md: it is what the extracts say, has every row of the report, and guesses nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { oursOf, rowIds } from "../../scripts/results/agreement.js";
import { keyOf } from "../../scripts/results/collect.js";
import {
  type Entry,
  type Extract,
  jsonOf,
  readExtracts,
  root,
  type StageExtract,
} from "../../scripts/results/extract.js";
import { foreignIn, slim, studyFigures, studyPath } from "../../scripts/results/figures.js";
import { resultsPage } from "../../scripts/results/page.js";
import { readReport } from "../../scripts/results/report.js";
import { Studies } from "../../scripts/results/words.js";

const report = readReport();

const entryOf = (stages: Readonly<Record<string, StageExtract>>, more: Partial<Entry> = {}): Entry => ({
  profile: null,
  set: {},
  collectedAt: "2026-01-02T00:00:00.000Z",
  machines: [],
  runs: {},
  stages,
  order: Object.keys(stages),
  missing: [],
  ...more,
});
const extracts = (pipeline: string, ...entries: readonly (readonly [string, Entry])[]): ReadonlyMap<string, Extract> =>
  new Map([[pipeline, { pipeline, entries: Object.fromEntries(entries) }]]);
const scored = (accuracy: number, low: number, high: number): StageExtract => ({
  kind: "evaluate",
  finishedAt: "2026-01-01T10:00:00.000Z",
  seconds: 1,
  metrics: { accuracy, correct: Math.round(10_000 * accuracy), count: 10_000 },
  intervals: { accuracy: [low, high] },
});
const rowOf = (page: string, id: string): string =>
  page.split("\n").find((line) => line.startsWith(`| ${id} | ${report.rows.find((row) => row.id === id)!.what} |`)) ??
  "";

test("the committed page is what the script writes", () => {
  expect(readFileSync(join(root, "docs", "results.md"), "utf8")).toBe(resultsPage(readExtracts(), report));
});

test("every row of the report stands in the page, and each has something to be measured by", () => {
  const page = resultsPage(new Map(), report, new Set());
  expect(report.rows.map(({ id }) => id).toSorted()).toEqual(rowIds.toSorted());
  for (const { id, says } of report.rows) {
    expect(rowOf(page, id)).toContain(says);
    expect(rowOf(page, id)).toContain("| not measured yet | – |");
  }
  expect(page).toContain(`Of ${report.rows.length} rows 0 are measured.`);
});

test("a number of the report agrees where it lies in the interval that was measured, and not elsewhere", () => {
  const row = report.rows.find(({ id }) => id === "M1")!;
  const judged = (low: number, high: number): string =>
    oursOf(
      new Studies(extracts("mnist-final", ["as it is", entryOf({ m1_score: scored(0.99, low, high) })])),
      report,
      row,
    ).agrees;
  expect([judged(0.988, 0.9907), judged(0.988, 0.9905), judged(0.9907, 0.993)]).toEqual(["yes", "no", "no"]);
  const page = resultsPage(
    extracts("mnist-final", ["as it is", entryOf({ m1_score: scored(0.9901, 0.988, 0.9907) })]),
    report,
    new Set(),
  );
  expect(rowOf(page, "M1")).toContain("99.01 % (98.80 to 99.07)");
  expect(rowOf(page, "M2")).toContain("not measured yet");
});

test("what a quick profile measured is no row", () => {
  const quick = entryOf({ m1_score: scored(0.93, 0.92, 0.94) }, { profile: "quick" });
  expect(resultsPage(extracts("mnist-final", ["quick", quick]), report, new Set())).not.toContain("93.00 %");
});

test("augmentation helps where the paired test says so, and is not told apart where it does not", () => {
  const row = report.rows.find(({ id }) => id === "M4-augment")!;
  const judged = (points: string, p: string): unknown => {
    const rows = [
      ["M1 − M2", "0.5", "0.1", "0.5"],
      ["M1 − M3", "0.01", "−0.4", "0.01"],
      ["M2 − M3", p, points, p],
    ];
    const comparison: StageExtract = {
      kind: "visualize",
      figure: "model_comparison",
      tables: [{ title: "differences, first model − second", rows }],
    };
    return oursOf(new Studies(extracts("mnist-final", ["as it is", entryOf({ comparison })])), report, row);
  };
  expect(judged("−0.31", "3e-9")).toEqual({ text: "0.31 points, McNemar p = 3e-9 (Holm)", agrees: "yes" });
  expect(judged("0.31", "< 1e-300")).toMatchObject({ text: "−0.31 points, McNemar p < 1e-300 (Holm)", agrees: "no" });
  expect(judged("−0.02", "0.4")).toMatchObject({ agrees: "not told apart" });
});

test("a training that went on from a state is told with all its time, and with what is not known of it", () => {
  const settings = { layers: ["flatten"], optimizer: { adam: { learning_rate: 0.003 } }, batch_size: 64 };
  const page = (seconds: number | null): string => {
    const m1: StageExtract = {
      kind: "train",
      finishedAt: "2026-01-01T10:00:00.000Z",
      seconds: 60,
      resumed: { epochs: 12, seconds },
      metrics: { epochs: 40, train: { accuracy: 1 } },
      settings,
    };
    return resultsPage(
      extracts("mnist-final", ["as it is", entryOf({ m1, m1_score: scored(0.99, 0.98, 1) })]),
      report,
      new Set(),
    );
  };
  expect(page(600)).toContain("| 11 min 00 s, in several runs |");
  expect(page(null)).toContain("| 1 min 00 s since epoch 12, before unknown |");
});

test("one minute is told for each seed, with the median and the wall time of the command", () => {
  const entries = [0.993, 0.995, 0.991].map((accuracy, index): readonly [string, Entry] => [
    `seed ${index}`,
    entryOf(
      { score: { ...scored(accuracy, accuracy - 0.002, accuracy + 0.002), run: 1 } },
      {
        set: { seed: String(index) },
        runs: { 1: { startedAt: "2026-01-01T10:00:00.000Z", wallSeconds: 50 + index, machine: null } },
        ...(index === 2 ? { wallSeconds: 58 } : {}),
      },
    ),
  ]);
  const page = resultsPage(extracts("mnist-minute", ...entries), report, new Set());
  expect(page).toContain("| 1 | 99.50 % (99.30 to 99.70) | 51.0 s |");
  expect(page).toContain("Median of 3 seeds: **99.30 %**");
  expect(page).toContain("51.0 s in the median, 58.0 s at most");
});

test("extracts have no path of this machine, and the same numbers are the same bytes", () => {
  expect(keyOf({ profile: "csv", set: ["train=/home/me/train.csv", "seed=3"] })).toBe("csv, seed 3");
  for (const [name, extract] of readExtracts()) {
    const text = readFileSync(join(root, "docs", "results", `${name}.json`), "utf8");
    expect(text).toBe(`${jsonOf(extract)}\n`);
    expect(text).not.toMatch(/"(?:\/|[A-Z]:\\)/);
  }
  expect(jsonOf({ b: 1, a: [1, { d: 2, c: 3 }] })).toBe('{"a":[1,{"c":3,"d":2}],"b":1}');
});

test("pictures of the studies load nothing from elsewhere, and are small", () => {
  const text =
    '<svg width="1"><g role="x" class="y"><text aria-label="z" font-family="A, b">1</text><text font-family="A, b">2</text></g></svg>';
  expect(slim(text)).toBe('<svg font-family="A, b" width="1"><g><text>1</text><text>2</text></g></svg>');
  expect(foreignIn('<svg><image href="data:image/png;base64,AA"/><use href="#a"/></svg>')).toBeUndefined();
  expect(foreignIn('<svg><image xlink:href="https://example.org/a.png"/></svg>')).toContain(
    "https://example.org/a.png",
  );
  expect(foreignIn("<svg><script>1</script></svg>")).toBe("it has a script");
  const page = resultsPage(readExtracts(), report);
  for (const [, name] of page.matchAll(/figures\/study-([a-z0-9-]+)\.svg/g)) {
    const svg = readFileSync(studyPath(name!), "utf8");
    expect(studyFigures.map((figure) => figure.name)).toContain(name);
    expect(foreignIn(svg)).toBeUndefined();
    expect(svg.length).toBeLessThan(100_000);
  }
});
