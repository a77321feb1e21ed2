import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.js";
import { member, plain, type Value } from "../../src/pipeline/document.js";
import { substitute } from "../../src/pipeline/lookup.js";
import { type Overrides, withOverrides } from "../../src/pipeline/overrides.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

/** The document that is meant, with every lookup in its stages replaced, and the titles of what was reported. */
function meant(
  text: string,
  overrides: Overrides = {},
): { readonly data: Record<string, Record<string, unknown>>; readonly titles: readonly string[] } {
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics[0]!.message);
  const diagnostics: Diagnostic[] = [];
  const titles: string[] = [];
  const root = withOverrides(document.value.root, document.value.file, overrides, kinds, diagnostics);
  const replaced: Value = {
    ...root,
    entries: root.entries.map((entry) =>
      entry.key === "stages"
        ? {
            ...entry,
            value: substitute(entry.value, { params: member(root, "params") }, ({ title }) => void titles.push(title)),
          }
        : entry,
    ),
  };
  return {
    data: JSON.parse(JSON.stringify(plain(replaced))),
    titles: [...diagnostics.map((diagnostic) => diagnostic.title), ...titles],
  };
}

describe("a lookup", () => {
  const params =
    "params: {n: 3, rate: 1e-3, flag: false, word: yes, none: null, list: [1, a], map: {x: {y: 2}}, again: '${params.n}', circle: '${params.circle}', around: '${params.there}', there: 'a ${params.around} ${params.around}'}\n";
  test.each([
    ["a whole number", "'${params.n}'", 3],
    ["a number", "'${params.rate}'", 0.001],
    ["true or false", "'${params.flag}'", false],
    ["text", "'${params.word}'", "yes"],
    ["nothing", "'${params.none}'", null],
    ["a list", "'${params.list}'", [1, "a"]],
    ["a map", "'${params.map}'", { x: { y: 2 } }],
    ["part of a map", "'${params.map.x.y}'", 2],
    ["another lookup", "'${params.again}'", 3],
    ["blanks around the name", "'${ params.n }'", 3],
    ["inside text", "'n${params.n}-${params.flag}'", "n3-false"],
    ["a dollar alone", "'$5 {a}'", "$5 {a}"],
  ])("keeps its type: %s", (_name, written, wanted) => {
    const { data, titles } = meant(`${params}stages: {a: {b: ${written}}}\n`);
    expect(data.stages).toEqual({ a: { b: wanted } });
    expect(titles).toEqual([]);
  });
  test("works without quotes in block style", () => {
    expect(meant(`${params}stages:\n  a:\n    b: \${params.n}\n`).data.stages).toEqual({ a: { b: 3 } });
  });
  test("may be a key, or a part of one", () => {
    const { data, titles } = meant(
      `${params}stages: {a: {b: {'\${params.word}': 1, 'x\${params.n}': '\${params.n}', z: 2}}}\n`,
    );
    expect(data.stages).toEqual({ a: { b: { yes: 1, x3: 3, z: 2 } } });
    expect(titles).toEqual([]);
  });
  test("in a parameter's own keys is found, too", () => {
    const { data } = meant("params: {n: adam, o: {'${params.n}': 1}}\nstages: {a: {b: '${params.o}'}}\n");
    expect(data.stages).toEqual({ a: { b: { adam: 1 } } });
  });
  test.each([
    ["an unknown name in a key", "{'${params.m}': 1}", "unknown parameter"],
    ["a list in a key", "{'${params.list}': 1}", "a list or map inside text"],
    ["a key that is there already", "{yes: 1, '${params.word}': 2}", "a key twice"],
    ["two keys that become one", "{'${params.n}': 1, '${params.again}': 2}", "a key twice"],
    ["an unknown name", "'${params.m}'", "unknown parameter"],
    ["something else than a parameter", "'${env.HOME}'", "unknown lookup"],
    ["an expression", "'${params.n + 1}'", "unknown lookup"],
    ["a list inside text", "'a${params.list}'", "a list or map inside text"],
    ["a circle", "'${params.circle}'", "parameters in a circle"],
    ["a circle, once", "'${params.around}'", "parameters in a circle"],
  ])("tells %s", (_name, written, wanted) =>
    expect(meant(`${params}stages: {a: {b: ${written}}}\n`).titles).toEqual([wanted]),
  );
});

test("parameters that double at every step are refused, quickly", () => {
  const rows = Array.from(
    { length: 60 },
    (_, level) => `p${level}: ['\${params.p${level + 1}}', '\${params.p${level + 1}}']`,
  );
  expect(meant(`params: {${rows.join(", ")}, p60: 1}\nstages: {a: {b: '\${params.p0}'}}\n`).titles).toEqual([
    "too many lookups",
  ]);
});

describe("a profile", () => {
  const text = `
seed: 1
params: {a: 1, deep: {x: 1, y: 2}, list: [1, 2]}
profiles:
  quick:
    seed: 2
    params: {a: 10, deep: {y: 20}, list: [3], more: 4}
    stages:
      net: {epochs: 1, stopping: {patience: 9}}
      data: {source: csv, train: a.csv}
      cut: {kind: fold, k: 3}
      same: {kind: load, source: mnist, extra: 1}
      new: {kind: load}
stages:
  data: {kind: load, source: mnist, classes: 10}
  cut: {kind: split, validation: 5}
  net: {kind: train, epochs: 9, stopping: {patience: 1, min: 2}, layers: [1, 2]}
  same: {kind: load, source: mnist}
`;
  const { data, titles } = meant(text, { profile: "quick" });
  test("changes nothing unless it is asked for", () =>
    expect(meant(text).data.params).toEqual({ a: 1, deep: { x: 1, y: 2 }, list: [1, 2] }));
  test("is merged key by key; lists and scalars are replaced", () => {
    expect(titles).toEqual([]);
    expect(data.seed).toBe(2);
    expect(data.params).toEqual({ a: 10, deep: { x: 1, y: 20 }, list: [3], more: 4 });
    expect(data.stages!.net).toEqual({
      kind: "train",
      epochs: 1,
      stopping: { patience: 9, min: 2 },
      layers: [1, 2],
    });
  });
  test("replaces a stage whole that changes its source", () =>
    expect(data.stages!.data).toEqual({ source: "csv", train: "a.csv" }));
  test("replaces a stage whole that changes its kind", () => expect(data.stages!.cut).toEqual({ kind: "fold", k: 3 }));
  test("replaces a stage whole that changes its figure, and counts a source only where the kind has one", () => {
    const over = (changes: string): unknown =>
      meant(
        `profiles: {p: {stages: {pic: ${changes}}}}\nstages: {pic: {kind: visualize, figure: examples, per_class: 3}}\n`,
        { profile: "p" },
      ).data.stages!.pic;
    expect(over("{figure: points}")).toEqual({ figure: "points" });
    expect(over("{figure: examples, from: x}")).toEqual({
      kind: "visualize",
      figure: "examples",
      per_class: 3,
      from: "x",
    });
    expect(over("{source: csv}")).toEqual({ kind: "visualize", figure: "examples", per_class: 3, source: "csv" });
  });
  test("merges a stage that repeats its kind and source", () =>
    expect(data.stages!.same).toEqual({ kind: "load", source: "mnist", extra: 1 }));
  test("may add a stage, after the others", () =>
    expect(Object.keys(data.stages!)).toEqual(["data", "cut", "net", "same", "new"]));
  test("after another may change what that has changed", () => {
    const two = text.replace("stages:\n  data:", "  third: {seed: 3, params: {a: 11}}\nstages:\n  data:");
    const { data: both, titles: none } = meant(two, { profile: "quick,third" });
    expect([none, both.seed, both.params]).toEqual([[], 3, { a: 11, deep: { x: 1, y: 20 }, list: [3], more: 4 }]);
    expect(meant(two, { profile: "third, quick" }).data.seed).toBe(2);
    expect(meant(two, { profile: "quick,fourth" }).titles).toEqual(["unknown profile"]);
  });
  test("that is not there is told", () => expect(meant(text, { profile: "slow" }).titles).toEqual(["unknown profile"]));
});

describe("--set", () => {
  const text =
    "seed: 1\nparams: {epochs: 5, name: a, deep: {x: 1}}\nprofiles: {quick: {seed: 3, params: {epochs: 2}}}\nstages: {a: {b: '${params.epochs}'}}\n";
  const set = (...settings: string[]): Record<string, unknown> => meant(text, { set: settings }).data;
  test("changes a parameter, under either name", () => {
    expect(set("epochs=7").params).toEqual({ epochs: 7, name: "a", deep: { x: 1 } });
    expect(set("params.epochs=7").params).toEqual({ epochs: 7, name: "a", deep: { x: 1 } });
    expect(set("epochs=7").stages).toEqual({ a: { b: 7 } });
  });
  test("changes the seed", () => expect(set("seed=9").seed).toBe(9));
  test.each([
    ["epochs=1e-3", 0.001],
    ["epochs=true", true],
    ["epochs=yes", "yes"],
    ["epochs='5'", "5"],
    ["epochs=", null],
    ["epochs=[1, 2]", [1, 2]],
    ["epochs={a: 1}", { a: 1 }],
    ["epochs=a=b", "a=b"],
    ["epochs = 5 ", 5],
  ])("reads its value as YAML: %s", (setting, wanted) =>
    expect((set(setting).params as Record<string, unknown>).epochs).toEqual(wanted),
  );
  test("beats the profile, and the last one beats those before", () => {
    const { data } = meant(text, { profile: "quick", set: ["epochs=3", "epochs=4"] });
    expect(data.params!.epochs).toBe(4);
    expect(data.seed).toBe(3);
  });
  test.each([
    ["epoch=5", "unknown parameter"],
    ["params.seed=5", "unknown parameter"],
    ["epochs", "not a setting"],
    ["=5", "not a setting"],
    ["epochs=[1", "not valid YAML"],
    ["epochs=*x", "not valid YAML"],
  ])("tells what it cannot do: %s", (setting, wanted) =>
    expect(meant(text, { set: [setting] }).titles).toEqual([wanted]),
  );
});
