/**
 * Small files that ask for far more than a machine has, with the title of the mistake that each ends in; none where it
 * is answered as right.
 */
export interface Oversized {
  readonly name: string;
  readonly text: string;
  readonly title?: string;
}

const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join("");
const digits = "  digits: {kind: load, source: mnist}\n";
const folds = `${digits}  folds: {kind: fold, data: digits.train, k: 3}\n`;
const trial =
  "    trial: {kind: train, data: digits.train, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: {adam: {learning_rate: '${trial.x}'}}, epochs: 1}\n    objective: {minimize: train.loss}\n";
const search = (lines: string, inner = trial): string => `stages:\n${folds}  s:\n    kind: search\n${lines}${inner}`;
const network = (layers: string, rest = ""): string =>
  `${rest}stages:\n${digits}  net:\n    kind: train\n    data: digits.train\n    layers: ${layers}\n    loss: cross_entropy\n    optimizer: adam\n    epochs: 1\n`;
const folded = (k: string): string => `stages:\n${digits}  folds: {kind: fold, data: digits.train, k: ${k}}\n`;

export function oversized(): readonly Oversized[] {
  return [
    { name: "nested lists", text: `stages: ${"[".repeat(150_000)}`, title: "nested too deeply" },
    { name: "nested maps", text: `stages: ${"{a: ".repeat(200_000)}`, title: "too many values" },
    { name: "nested dashes", text: `stages:\n ${"- ".repeat(60_000)}`, title: "nested too deeply" },
    { name: "a million words", text: `stages: [${"0,".repeat(500_000)}]`, title: "too many values" },
    { name: "one long word", text: `stages: {${"a".repeat(1_000_000)}: 1}`, title: "wrong type" },
    { name: "a key of a megabyte", text: `? ${"a".repeat(1_000_000)}\n: 1\nstages:\n${digits}`, title: "unknown key" },
    {
      name: "many unquoted braces",
      text: `stages:\n${digits}${times(2000, (index) => `  a${index}: {k: \${params.x}}\n`)}`,
      title: "braces need quotes",
    },
    {
      name: "an alias bomb",
      text: `a0: &a0 [x, x]\n${times(60, (index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`)}`,
      title: "too many aliases",
    },
    {
      name: "large aliases",
      text: `a: &a [${"x,".repeat(20_000)}]\nb: [${"*a, ".repeat(900)}]\n`,
      title: "too many aliases",
    },
    {
      name: "many stages",
      text: `stages:\n${times(5000, (index) => `  s${index}: {kind: x}\n`)}`,
      title: "too many stages",
    },
    {
      name: "many stages without a kind",
      text: `stages:\n${times(1000, (index) => `  s${index}: {knd: 1, data: t${index}}\n`)}`,
      title: "no kind",
    },
    {
      name: "many stages that read nobody",
      text: `stages:\n${digits}${times(990, (index) => `  stage${index}: {kind: shuffle, data: stge${index}}\n`)}`,
      title: "no such stage",
    },
    {
      name: "a chain of stages",
      text: `stages:\n${digits}  s0: {kind: shuffle, data: digits.train}\n${times(990, (index) => `  s${index + 1}: {kind: shuffle, data: s${index}}\n`)}`,
    },
    {
      name: "many parameters",
      text: `params:\n${times(20_000, (index) => `  p${index}: ${index}\n`)}stages:\n${digits}`,
      title: "too many params",
    },
    {
      name: "unknown parameters",
      text: network(
        `[${times(5000, (index) => `"\${params.q${index}}",`)}]`,
        `params: {${times(1000, (index) => `param${index}: 1, `)}}\n`,
      ),
      title: "unknown parameter",
    },
    {
      name: "large profiles",
      text: `params: {a: {${times(15_000, (index) => `k${index}: 1, `)}}}\nprofiles: {quick: {params: {a: {${times(15_000, (index) => `k${index}: 1, `)}}}}}\nstages:\n${digits}`,
    },
    {
      name: "lookups that double",
      text: network(
        "'${params.p0}'",
        `params: {${times(60, (index) => `p${index}: ['\${params.p${index + 1}}', '\${params.p${index + 1}}'], `)} p60: 1}\n`,
      ),
      title: "too many lookups",
    },
    {
      name: "texts that double",
      text: network(
        "'${params.p0}'",
        `params: {${times(40, (index) => `p${index}: '\${params.p${index + 1}}\${params.p${index + 1}}', `)} p40: ${"x".repeat(100_000)}}\n`,
      ),
      title: "too many values",
    },
    {
      name: "a large parameter, often",
      text: network(`[${'"${params.big}", '.repeat(5000)}]`, `params: {big: [${"0, ".repeat(20_000)}]}\n`),
      title: "too many values",
    },
    {
      name: "parameters in parameters",
      text: network(
        "'${params.p0}'",
        `params: {${times(500, (index) => `p${index}: ${"[".repeat(40)}'\${params.p${index + 1}}'${"]".repeat(40)}, `)} p500: 1}\n`,
      ),
      title: "nested too deeply",
    },
    {
      name: "repeat a billion times",
      text: network("[{repeat: {times: 1000000000, layers: [flatten]}}]"),
      title: "not a repeat",
    },
    {
      name: "repeat in repeat in repeat",
      text: network(
        "[{repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: [flatten]}}]}}]}}]",
      ),
      title: "not a repeat",
    },
    {
      name: "repeat over much that is nothing",
      text: network(
        `[{repeat: {over: '\${params.a}', layers: [{repeat: {over: '\${params.a}', layers: [{repeat: {over: '\${params.a}', layers: [{repeat: {times: 0, layers: [flatten]}}]}}]}}]}}]`,
        `params: {a: [${"1, ".repeat(1000)}]}\n`,
      ),
      title: "too many values",
    },
    { name: "many layers", text: network(`[${"flatten, ".repeat(40_000)}]`), title: "wrong value" },
    { name: "many wrong layers", text: network(`[${"x, ".repeat(40_000)}]`), title: "unknown layer" },
    { name: "units of 1e12", text: network("[flatten, {dense: {units: 1.0e+12}}]"), title: "wrong value" },
    {
      name: "wide layers",
      text: network("[flatten, {dense: {units: 10000000}}, {dense: {units: 10000000}}]"),
      title: "the network is too large",
    },
    {
      name: "padding of 1e12",
      text: network("[{conv: {kernels: 1, size: 1, padding: 1000000000000}}, flatten]"),
      title: "the network is too large",
    },
    {
      name: "epochs of 1e15",
      text: network("[flatten, {dense: {units: 10}}]").replace("epochs: 1\n", "epochs: 1000000000000000\n"),
      title: "wrong value",
    },
    {
      name: "a batch of 1e15",
      text: `${network("[flatten, {dense: {units: 10}}]")}    batch_size: 1000000000000000\n`,
    },
    {
      name: "a count of 1e12",
      text: "stages: {a: {kind: load, source: synthetic, generator: gapped_curve, count: 1000000000000}}",
      title: "wrong value",
    },
    {
      name: "classes of 1e12",
      text: "stages: {a: {kind: load, source: idx, train: {images: a, labels: b}, classes: 1000000000000}}",
      title: "wrong value",
    },
    { name: "k of 1e9", text: folded("1000000000"), title: "wrong value" },
    { name: "k of 1e400", text: folded("1e400"), title: "number too large" },
    { name: "k of .nan", text: folded(".nan"), title: "not a finite number" },
    {
      name: "top of 1e9",
      text: `${search("    strategy: grid\n    space: {x: [0.1, 0.2]}\n")}  best: {kind: select, from: s, top: 1000000000}\n`,
      title: "wrong value",
    },
    {
      name: "folds in folds in folds",
      text: `stages:\n${digits}  a: {kind: fold, data: digits.train, k: 1000}\n  b: {kind: fold, each: a, data: a.train, k: 1000}\n  c: {kind: shuffle, each: b, data: b.train}\n`,
      title: "too many steps",
    },
    {
      name: "a grid of 1e7",
      text: search(`    strategy: grid\n    space: {x: {integer: [1, 1000]}, y: {integer: [1, 10000]}}\n`),
      title: "the grid is too large",
    },
    {
      name: "a budget of 1e7",
      text: search("    strategy: random\n    budget: 10000000\n    space: {x: {uniform: [0, 1]}}\n"),
      title: "wrong value",
    },
    {
      name: "a budget beyond the space",
      text: search("    strategy: random\n    budget: 9000\n    space: {x: [0.1, 0.2]}\n"),
      title: "more trials than configurations",
    },
    {
      name: "whole numbers to 1e15",
      text: search("    strategy: random\n    budget: 3\n    space: {x: [0.1], y: {integer: [1, 1000000000000000]}}\n"),
    },
    {
      name: "whole numbers wider than doubles",
      text: search(
        "    strategy: random\n    budget: 3\n    space: {x: {integer: [-9007199254740991, 9007199254740991]}}\n",
      ),
      title: "wrong value",
    },
    {
      name: "a range of whole numbers in a grid",
      text: search("    strategy: grid\n    space: {x: {integer: [1, 1000000000000000]}}\n"),
      title: "a range in a grid",
    },
    {
      name: "numbers wider than numbers",
      text: search("    strategy: random\n    budget: 3\n    space: {x: {uniform: [-1.0e+308, 1.0e+308]}}\n"),
      title: "wrong value",
    },
    {
      name: "logarithms from 0",
      text: search("    strategy: random\n    budget: 3\n    space: {x: {log_uniform: [0, 1]}}\n"),
      title: "wrong value",
    },
    {
      name: "rules that leave nothing",
      text: search(
        "    strategy: random\n    budget: 10000\n    space: {x: {uniform: [0, 1]}, y: {uniform: [0, 1]}}\n    constraints: [{never: {x: '>= 0'}}]\n",
      ),
      title: "no configuration is left",
    },
    {
      name: "many conditions on many configurations",
      text: search(
        `    strategy: random\n    budget: 5\n    space: {x: {integer: [1, 300]}, y: {integer: [1, 300]}}\n    constraints: [${times(300, (index) => `{never: {x: ${index + 1}, y: '> ${index}'}}, `)}]\n`,
      ),
    },
    {
      name: "too many conditions",
      text: search(
        `    strategy: grid\n    space: {x: [0.1, 0.2]}\n    constraints: [{never: {x: [${"0.1, ".repeat(20_000)}]}}]\n`,
      ),
      title: "too many conditions",
    },
    {
      name: "too many parameters",
      text: search(
        `    strategy: random\n    budget: 9\n    space: {${times(10_000, (index) => `p${index}: [1, 2], `)}}\n`,
      ),
      title: "too many parameters",
    },
    {
      name: "a long list of values",
      text: search(
        `    strategy: random\n    budget: 9\n    space: {x: [${times(40_000, (index) => `${index}, `)}]}\n`,
      ),
    },
    {
      name: "many trials of a deep network",
      text: search(
        "    strategy: grid\n    space: {x: {integer: [1, 10000]}}\n",
        "    trial: {kind: train, data: digits.train, layers: [flatten, {repeat: {times: 900, layers: [{dense: {units: '${trial.x}'}}]}}, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}\n    objective: {minimize: train.loss}\n",
      ),
      title: "too many values",
    },
    {
      name: "many names",
      text: `stages:\n${digits}  all: {kind: merge, data: [${"digits.train, ".repeat(10_000)}]}\n`,
      title: "too many names",
    },
    {
      name: "much that is gathered",
      text: `stages:\n${digits}  a: {kind: fold, data: digits.train, k: 10000}\n  b: {kind: train, each: a, data: a.train, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}\n  pic: {kind: visualize, figure: learning_curves, from: [${"b, ".repeat(900)}]}\n`,
      title: "too many steps",
    },
    {
      name: "a long name of a stage",
      text: `stages:\n${digits}  ${"s".repeat(252)}: {kind: shuffle, data: digits.train}\n`,
      title: "name too long",
    },
    { name: "a long name", text: `name: ${"n".repeat(5000)}\nstages:\n${digits}`, title: "name too long" },
  ];
}
