import { expect, test } from "vitest";
import type { KindWords } from "../../src/pipeline/kind-words.js";
import type { ArtifactInfo } from "../../src/store/store.js";
import { renderShown } from "../../src/text/show.js";
import type { ElementInfo, Shown } from "../../src/text/shown.js";
import { digestText } from "../../src/util/digest.js";
import { looseOutput } from "../rig/output.js";

const words: KindWords = {
  headline: ({ out }) => `a headline of ${JSON.stringify(out!.data)}`,
  preview: (name) => [{ type: "heading", title: `a preview of ${name}` }],
};
const artifact = (count: number): ArtifactInfo => ({
  digest: digestText("artifact"),
  outputs: { out: { ...looseOutput("dataset", { count }), digest: digestText("out") } },
});
const element = (key: string): ElementInfo => ({
  ...{ element: key, digest: digestText(key), metrics: null, figures: [], outputs: [], finishedAt: null, elapsedMs: 1 },
});
const shown = (keys: readonly string[]): Shown => ({
  ...{ stage: "warped", kind: "augment", digest: null, metrics: null, figures: [], lineage: [], outputs: [] },
  ...{ elements: keys.map(element), finishedAt: null, elapsedMs: null, missing: null },
});
const draw = (keys: readonly string[], artifacts: readonly (ArtifactInfo | undefined)[]): readonly string[] =>
  renderShown(shown(keys), words, artifacts, { color: false, columns: 80 }).split("\n");

test("elements without metrics are told by what their kind says of them, and of one alone everything is shown", () => {
  expect(draw(["1", "2"], [artifact(5), undefined])).toEqual([
    ...["warped  augment", "", "Elements", '  1  a headline of {"count":5}', "  2  no result", ""],
  ]);
  expect(draw(["2"], [artifact(7)])).toEqual([
    ...["warped  augment", "", "Elements", '  2  a headline of {"count":7}', "", "a preview of out", ""],
  ]);
});
