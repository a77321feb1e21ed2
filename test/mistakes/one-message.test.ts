/**
 * One mistake, one message: right files with one mistake put in, at every option in turn, and what checking says of
 * them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar, type YAMLMap } from "yaml";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Kind } from "../../src/pipeline/kind.js";
import { readText } from "../../src/pipeline/read.js";
import { figures } from "../../src/stages/figures.js";
import { kinds } from "../../src/stages/kinds.js";

const pipelines = join(import.meta.dirname, "..", "..", "pipelines");

/** Classes and numbers, folds, searches, figures: enough that a mistake anywhere has somebody who depends on it. */
const digits = `
seed: 1
params: {epochs: 3, units: 16}
stages:
  digits: {kind: load, source: mnist}
  parts: {kind: split, data: digits.train, validation: 5000, stratify: true}
  ready: {kind: normalize, data: parts.train}
  folds: {kind: fold, data: parts.train, k: 3, stratify: true}
  net:
    kind: train
    each: folds
    data: folds.train
    validation: folds.validation
    layers: [flatten, {dense: {units: "\${params.units}", activation: relu}}, {dropout: 0.2}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.001}}
    epochs: "\${params.epochs}"
    early_stopping: {patience: 2}
  score: {kind: evaluate, each: folds, model: net, data: digits.test, expect: {accuracy: '>= 0.5'}}
  curves: {kind: visualize, figure: fold_curves, from: net}
  confusion: {kind: visualize, each: folds, figure: confusion_matrix, from: score}
  report: {kind: visualize, each: folds, figure: classification_report, from: score}
  samples: {kind: visualize, figure: examples, from: parts.validation, per_class: 4}
`;
const curve = `
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve}
  mixed: {kind: shuffle, data: points.train}
  outer: {kind: fold, data: mixed, k: 4}
  inner: {kind: fold, each: outer, data: outer.train, k: 3}
  depth:
    kind: search
    each: outer
    strategy: grid
    space: {units: [8, 16], activation: [elu, tanh]}
    trial:
      net:
        kind: train
        each: inner
        data: inner.train
        validation: inner.validation
        layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}, {dense: {units: 1}}]
        loss: mse
        optimizer: adam
        epochs: 5
      judged: {kind: evaluate, each: inner, model: net, data: inner.validation}
    objective: {minimize: judged.mse}
  best: {kind: select, each: outer, from: depth, distinct: activation}
  final: {kind: train, each: best, use: best.net, data: outer.train}
  score: {kind: evaluate, each: best, model: final, data: outer.validation}
  errors: {kind: visualize, figure: test_error, from: score}
  winners: {kind: visualize, figure: outer_folds, from: [best, score]}
`;

const right: readonly (readonly [string, string])[] = [
  ["classes", digits],
  ["numbers", curve],
  ...readdirSync(pipelines)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => [name, readFileSync(join(pipelines, name), "utf8")] as const),
  ...(Object.values(kinds) as Kind<unknown>[])
    // Files that an example names are not there.
    .filter(({ example = "" }) => !/csv|idx/.test(example))
    .map(({ name, example = "" }) => [`the example of ${name}`, example] as const),
];

function told(text: string): readonly Diagnostic[] {
  const document = readText("p.yaml", text);
  return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics;
}
const errors = (text: string): readonly Diagnostic[] => told(text).filter(({ severity }) => severity === "error");

interface Change {
  readonly what: string;
  /** Made when it is asked for; undefined where it cannot be. */
  readonly text: () => string | undefined;
}
type Path = readonly (string | number)[];

/** The file with one place changed; `change` edits the copy and says whether it could. */
function changed(text: string, what: string, change: (copy: Document) => boolean): Change[] {
  const made = (): string | undefined => {
    const copy = parseDocument(text, { version: "1.2" });
    return change(copy) ? copy.toString({ lineWidth: 0 }) : undefined;
  };
  return [{ what, text: made }];
}

/** A word with two letters exchanged, or with one more where they are the same. */
const misspelt = (word: string): string => {
  const at = Math.max(1, Math.floor(word.length / 2));
  const turned = word.slice(0, at - 1) + (word[at] ?? "") + word[at - 1] + word.slice(at + 1);
  return turned === word ? `${word}x` : turned;
};

/** Every place of the stages: paths to scalars, and to pairs of maps. */
function placesOf(document: Document): { readonly scalars: readonly Path[]; readonly pairs: readonly Path[] } {
  const [scalars, pairs]: [Path[], Path[]] = [[], []];
  const walk = (node: unknown, path: Path): void => {
    if (isMap(node))
      for (const { key, value } of (node as YAMLMap<Scalar<string>, unknown>).items) {
        pairs.push([...path, key.value]);
        walk(value, [...path, key.value]);
      }
    else if (isSeq(node)) node.items.forEach((item, index) => void walk(item, [...path, index]));
    else if (isScalar(node)) scalars.push(path);
  };
  walk(document.get("stages", true), ["stages"]);
  return { scalars, pairs };
}

function* mistakesIn(text: string): Generator<Change> {
  const document = parseDocument(text, { version: "1.2" });
  const { scalars, pairs } = placesOf(document);
  const stages = Object.keys((document.toJS() as { stages: object }).stages);
  const put = (path: Path, value: unknown, how: string): Change[] =>
    changed(text, `${path.slice(1).join(".")}: ${how}`, (copy) => {
      copy.setIn(path, copy.createNode(value));
      return true;
    });
  for (const path of scalars) {
    const value = document.getIn(path);
    const key = path[path.length - 1];
    if (typeof value === "string") {
      if (key === "title" || path.includes("labels")) continue;
      if (key === "kind") {
        yield* put(path, misspelt(value), "misspelt");
        continue;
      }
      const [stage, output] = value.split(".");
      if (!value.includes("${")) {
        yield* put(path, misspelt(value), "misspelt");
        if (output && document.getIn(["stages", stage!])) {
          yield* put(path, `${stage}.${misspelt(output)}`, "output misspelt");
          yield* put(path, stage, "output left out");
        }
        yield* put(path, 17, "a number");
        yield* put(path, [value, value], "a list");
      } else yield* put(path, value.replace("}", "x}"), "lookup misspelt");
      yield* put(path, { nothing: value }, "a map");
      if (key === "loss") yield* put(path, value === "mse" ? "cross_entropy" : "mse", "the other loss");
      if (key === "figure") for (const { name } of figures) if (name !== value) yield* put(path, name, name);
      if (["data", "validation", "model", "from", "fit", "results", "each", "test"].includes(String(key)))
        for (const other of stages) if (other !== stage) yield* put(path, other, `reads ${other}`);
    }
    if (typeof value === "number") {
      for (const other of [-1, 0, 0.5, 1e6, value + 1, "many"]) yield* put(path, other, String(other));
      yield* put(path, [value], "a list");
    }
    if (typeof value === "boolean") yield* put(path, "yes", "yes");
  }
  for (const path of pairs) {
    const key = String(path[path.length - 1]);
    yield* changed(text, `${path.slice(1).join(".")}: left out`, (copy) => copy.deleteIn(path));
    yield* changed(text, `${path.slice(1).join(".")}: key misspelt`, (copy) => {
      const owner = copy.getIn(path.slice(0, -1)) as YAMLMap;
      const pair = owner.items.find((item) => (item.key as Scalar).value === key) as Pair<Scalar, unknown>;
      (pair.key as Scalar).value = misspelt(key);
      return true;
    });
  }
}

test("the files that mistakes are put into are right", () => {
  for (const [name, text] of right) expect(errors(text), name).toEqual([]);
});

/** Of pipelines that repeat what the two above hold, a share of the places will do. */
const strides: Readonly<Record<string, number>> = {
  ...{ classes: 3, numbers: 3 },
  ...{ "regression.yaml": 97, "regression-ensemble.yaml": 31 },
  // A wrong value of a space that several layers read is still told at each of them.
  ...{ "mnist-open-points.yaml": 211, "mnist-search.yaml": 97 },
};

describe("a single mistake is told once", () => {
  test.each(right)("in %s", (name, text) => {
    const several: string[] = [];
    let [at, wrong] = [0, 0];
    for (const { what, text: file } of mistakesIn(text)) {
      if (at++ % (strides[name] ?? 13) !== 0) continue;
      const found = errors(file() ?? text);
      if (found.length > 0) wrong++;
      if (found.length > 1)
        several.push([what, ...found.map(({ title, message }) => `${title}: ${message}`)].join("\n"));
    }
    expect(several).toEqual([]);
    expect(wrong).toBeGreaterThan(strides[name] === 3 ? 130 : 0);
  });
});
