/**
 * Kinds → docs/reference.md: the language of pipeline files, and every option of every kind.
 *
 * Tables are made from the same schemas that check a file, so the page cannot say anything else than `hw1 check` does.
 * Options of options get tables of their own, after that of the kind, under their dotted names.
 */

import { warnings } from "../src/diagnostic/warnings.js";
import { drawsRandomNumbers, type Kind, type Kinds } from "../src/pipeline/kind.js";
import { limitRows } from "../src/pipeline/limits.js";
import { constantsOf, forms, inWords, type OptionSchema, optionSchema } from "../src/pipeline/option-schema.js";

export function referencePage(kinds: Kinds): string {
  const rows = Object.values(kinds) as Kind<unknown>[];
  const list = rows.map((kind) => `| [\`${kind.name}\`](#${kind.name}) | ${cell(kind.summary)} |`);
  const kindList = `| kind | what it does |\n|---|---|\n${list.join("\n")}`;
  return `${[language, warningsSection(), limitSection(), "## Kinds", kindList, ...rows.map(kindSection)].join("\n\n")}\n`;
}

const language = `# Pipeline files

<!-- Written by scripts/write-docs.ts from the kinds in src/stages; a test keeps it true. -->

A pipeline is one YAML 1.2 file. \`hw1 check FILE\` tells every mistake in it at once, with its place; \`hw1 run FILE\` runs it.
With this first line an editor that knows YAML schemas completes and explains options:

\`\`\`yaml
# yaml-language-server: $schema=../pipeline.schema.json
\`\`\`

## Keys of a pipeline

| key | what it is | default |
|---|---|---|
| \`name\` | Name of the study; letters, digits, \`-\`, \`_\` and \`.\`. Figures are kept in a folder of that name. | the file's name |
| \`seed\` | Where all random numbers begin, a whole number from 0. | 0 |
| \`params\` | Names and values that stages look up. | none |
| \`profiles\` | Changes under a name. | none |
| \`stages\` | The work, by name. Required. | |

Unknown keys are mistakes. Paths are relative to the pipeline's file.

## Stages

A stage is an entry of \`stages\` with a \`kind\` and that kind's options beside it. It reads another stage by name:
\`data: digits.train\` is the output \`train\` of the stage \`digits\`, and \`data: mixed\` the only output of \`mixed\` that
fits; where several fit, one must be named. The order of stages in the file does not count. Stages cannot wait for each other in a circle.

Kinds that draw random numbers take \`seed\`, which replaces the pipeline's for that stage.

## Parameters

\`\${params.x}\` is the value of \`x\` under \`params\`. Alone it keeps its type, a list or map included; inside text it is
spelled out. It is a lookup and nothing else: no expression runs code. Inside \`{…}\` and \`[…]\` YAML wants it in quotes.

\`\`\`yaml
params: {epochs: 8, units: 64}
stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers:
      - flatten
      - dense: {units: "\${params.units}", activation: relu}
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: adam
    epochs: \${params.epochs}
\`\`\`

\`--set epochs=3\` (or \`--set params.epochs=3\`) changes a parameter for one run, and \`--set seed=4\` the seed. The value is read
as YAML. \`--set\` may be repeated, and beats the profile. It cannot make a name that \`params\` does not have.

## Profiles

\`--profile quick\` merges the profile \`quick\` over the file, key by key: maps are merged, lists and everything else are
replaced; \`--profile quick,csv\` merges one after the other. A stage that changes its \`kind\` or \`source\` is replaced whole. A profile may hold \`seed\`, \`params\` and \`stages\`.

\`\`\`yaml
params: {epochs: 20}
profiles:
  quick:
    params: {epochs: 1}
    stages:
      net: {batch_size: 256}
stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: \${params.epochs}
\`\`\`

## Once per element: \`each\`

\`each: folds\` runs a stage once per element of \`folds\`, each element its own cached step; \`folds.train\` and
\`folds.validation\` are then those of the element at hand. Three kinds offer elements: \`fold\` its folds, \`search\` its trials,
\`select\` its winners. \`each: [winners, folds]\` runs once per combination; the elements are named by their keys, \`1/3\`.

A stage reads another at its own element: under \`[outer, inner]\` it may read what runs over \`outer\`, or over nothing. A stage that reads
what runs over more takes the same \`each\`, except where an input takes many (\`from\` of \`visualize\` and \`select\`): there all
elements are gathered. The metrics of a stage under \`each\` are told as mean, standard deviation and standard error, over the elements
where the metric is defined; where these are not all, their number is told (\`over 3 of 5\`, and \`count\` in JSON).

Random numbers are named by the seed and the fold keys, never by a trial's values, a winner's rank or a stage's name. So two stages that
ask for the same computation are one step, wherever they stand: a configuration that comes back in a later search is not trained again.

## Searching

A \`search\` runs its \`trial\` once per configuration of its \`space\`, and compares the trials by their \`objective\`. The trial is a stage
like any other (or several by name), whose options look values up as \`\${trial.name}\`; with \`each: folds\` in it, a configuration is trained
once per fold and judged by the mean. Every configuration and fold is a step of its own: a longer list, another stage or a fold more runs the
new ones alone. A trial that fails is kept with its reason and left out of the ranking.

\`select\` chooses winners, and \`use: winners.trial\` takes over a winner's settings: all options of the trial's stage but what it reads.
Options beside \`use\` beat them; one set to \`null\` is left out. A search under \`each: winners\` goes on from there, and a search under
\`each: outer\` is nested cross-validation.

\`\`\`yaml
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve}
  mixed:  {kind: shuffle, data: points.train}
  folds:  {kind: fold, data: mixed, k: 10}
  coarse:
    kind: search
    strategy: grid
    space: {hidden: [2, 3], activation: [elu, gelu]}
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers:
        - repeat: {times: "\${trial.hidden}", layers: [{dense: {units: 32, activation: "\${trial.activation}"}}]}
        - dense: {units: 1}
      loss: mse
      optimizer: {adam: {learning_rate: 0.001}}
      batch_size: 18
      epochs: 100
    objective: {minimize: validation.loss}
  winners: {kind: select, from: coarse, top: 2}
  longer:
    kind: search
    each: winners
    strategy: grid
    space: {epochs: [100, 200, 400]}
    trial: {kind: train, each: folds, use: winners.trial, data: folds.train, validation: folds.validation, epochs: "\${trial.epochs}"}
    objective: {minimize: validation.loss}
  best:  {kind: select, from: longer}
  final: {kind: train, each: best, use: best.trial, data: mixed}
  score: {kind: evaluate, each: best, model: final, data: points.test}
\`\`\`

An \`each\` at the search and none in its trial is short for the trial's: \`each: folds\` beside \`strategy\` trains each configuration once per
fold, and the search runs over what \`folds\` itself runs over.

Where a learning rate does not depend on the length, trainings that differ only in \`epochs\` share their beginning: 100, 200 and 400 epochs cost 400.

## Repeated layers

\`repeat\` in a list of layers stands for its layers several times: \`times: 3\`, or once per item of \`over\`, which the layers read as
\`\${item}\` (or \`\${item.name}\` where items are maps). A network written out and one with \`repeat\` are the same step.

\`\`\`yaml
layers:
  - repeat: {times: 3, layers: [{dense: {units: 64, activation: relu}}]}
  - repeat: {over: [256, 64], layers: [{dense: {units: "\${item}"}}, {dropout: 0.2}]}
  - dense: {units: 10}
\`\`\``;

function warningsSection(): string {
  const rows = Object.entries(warnings).map(([name, text]) => `| \`${name}\` | ${cell(text)} |`);
  return [
    "## Warnings",
    "`check` warns of what a reviewer would object to. Each such warning has a name; `allow: [NAME]` on the stage says that it is meant, and it is not told again. `allow` changes no result, so nothing runs again for it.",
    `| name | what it is |\n|---|---|\n${rows.join("\n")}`,
  ].join("\n\n");
}

const limitSection = (): string => `## Limits

Nothing that a small file asks for hangs or fills the memory: what is larger than this is refused before it is tried, with the name of the limit.

| limit | at most | what it bounds |
|---|---|---|
${limitRows().join("\n")}`;

function kindSection(kind: Kind<unknown>): string {
  const parts = [`## ${kind.name}`, kind.summary];
  if (kind.inputs.length > 0)
    parts.push(
      `| input | takes | what it is |\n|---|---|---|\n${kind.inputs
        .map(
          (input) =>
            `| \`${input.option}\` | ${input.accepts.join(", ")}${input.optional ? " (optional)" : ""} | ${cell(input.description)} |`,
        )
        .join("\n")}`,
    );
  const outputs = Object.entries(kind.outputs ?? {});
  if (outputs.length > 0)
    parts.push(
      `| output | what it is |\n|---|---|\n${outputs.map(([name, text]) => `| \`${name}\` | ${cell(text)} |`).join("\n")}`,
    );
  const options = optionSchema(kind);
  for (const form of forms(options)) {
    const constant = Object.entries(form.properties ?? {}).find(([, option]) => option.const !== undefined);
    if (constant && forms(options).length > 1)
      parts.push(`### \`${constant[0]}: ${String(constant[1].const)}\``, cell(constant[1].description ?? ""));
    parts.push(...tables(form, kind));
  }
  if (kind.example) parts.push("Example:", `\`\`\`yaml\n${kind.example.trim()}\n\`\`\``);
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The options of a kind, then those of the maps inside it; maps with the same options share a table. */
function tables(form: OptionSchema, kind: Kind<unknown>): string[] {
  const own = Object.entries(form.properties ?? {})
    .filter(([, option]) => option.const === undefined)
    .map(([name, option]) =>
      row(name, option, form, kind.inputs.some((input) => input.option === name) ? "the name of a stage" : undefined),
    );
  if (drawsRandomNumbers(kind, constantsOf(form)))
    own.push("| `seed` | a whole number from 0 | the pipeline's | Where this stage's random numbers begin. |");
  const inner = new Map<string, string[]>();
  const collect = (map: OptionSchema, prefix: string): void => {
    for (const [name, option] of Object.entries(map.properties ?? {}))
      for (const child of mapsIn(option)) {
        const path = prefix + name;
        const body = table(Object.entries(child.properties ?? {}).map(([key, value]) => row(key, value, child)));
        inner.set(body, [...(inner.get(body) ?? []), `\`${path}\``]);
        collect(child, `${path}.`);
      }
  };
  collect(form, "");
  return [table(own), ...[...inner].map(([body, paths]) => `Options of ${inList(paths)}:\n\n${body}`)];
}

const table = (rows: readonly string[]): string =>
  rows.length === 0 ? "" : `| option | type | default | what it is |\n|---|---|---|---|\n${rows.join("\n")}`;
const inList = (words: readonly string[], last = "and"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words[words.length - 1]}`;

/** Maps with options of their own that an option may hold, itself or as items of its list. */
function mapsIn(option: OptionSchema): readonly OptionSchema[] {
  return forms(option).flatMap((form) => {
    if (form.items && !Array.isArray(form.items)) return mapsIn(form.items as OptionSchema);
    return form.properties && Object.keys(form.properties).length > 0 ? [form] : [];
  });
}

function row(name: string, option: OptionSchema, owner: OptionSchema, type = typeInWords(option)): string {
  const { text, told } = description(option);
  const missing = owner.required?.includes(name) ? "required" : "none";
  const value =
    option.default === undefined
      ? (told ?? missing)
      : `\`${JSON.stringify(option.default).replace(/^"(.*)"$/, "$1")}\``;
  return `| \`${name}\` | ${cell(type)} | ${cell(value)} | ${cell(text)} |`;
}

/** "… Default: the window's size." has a column of its own. */
function description({ description: whole = "" }: OptionSchema): {
  readonly text: string;
  readonly told: string | undefined;
} {
  const found = /\s*Default: ([\s\S]*?)\.?$/.exec(whole);
  return found ? { text: whole.slice(0, found.index), told: found[1] } : { text: whole, told: undefined };
}

/** Maps are told in tables of their own, so here they are only named. */
function typeInWords(option: OptionSchema): string {
  const words = forms(option).flatMap((form) => {
    if (form.enum) return form.enum.map((value) => `\`${String(value)}\``);
    if (form.type === "object") return "a map";
    return form.items && !Array.isArray(form.items) && mapsIn(form).length > 0
      ? `a list, each item ${typeInWords(form.items as OptionSchema)}`
      : inWords(form);
  });
  return inList([...new Set(words)], "or");
}

/** One line, and no bar that would end the cell. */
const cell = (text: string): string => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
