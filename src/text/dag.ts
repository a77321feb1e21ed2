/** The graph of stages as text, Mermaid, Graphviz DOT or JSON. */

import { type Edge, elementIn, type Pipeline, type Stage } from "../pipeline/pipeline.js";
import { escaped, jsonText } from "../util/escape.js";
import { table } from "../util/table.js";

type DagFormat = "text" | "mermaid" | "dot" | "json";

export function renderDag(pipeline: Pipeline, format: DagFormat): string {
  switch (format) {
    case "text":
      return textDag(pipeline);
    case "mermaid":
      return mermaidDag(pipeline);
    case "dot":
      return dotDag(pipeline);
    case "json":
      return `${jsonText(jsonDag(pipeline))}\n`;
  }
}

const jsonDag = ({ name, stages }: Pipeline): unknown => ({
  name,
  stages: stages.map((stage) => ({
    name: stage.name,
    kind: stage.kind,
    each: stage.each,
    reads: readsOf(stage).map((edge) => ({
      option: edge.option,
      stage: edge.stage,
      ...elementIn(edge),
      output: edge.output,
    })),
    outputs: Object.keys(stage.outputs),
  })),
});

/** Of one element `name` tells it, and so does the label of its arrow: `/3.model`. */
const sources = (stage: Stage): readonly { readonly from: string; readonly name: string; readonly label: string }[] =>
  readsOf(stage).map(({ stage: from, name, output }) => ({
    from,
    name: `${name}.${output}`,
    label: name === from ? output : `${name.slice(from.length)}.${output}`,
  }));

/** Of a search, what the stages of its trials read from outside. */
function readsOf({ inputs, search }: Stage): readonly Edge[] {
  const found = new Map(inputs.map((edge) => [`${edge.name}.${edge.output} ${edge.option}`, edge]));
  for (const { stages } of search?.trials ?? [])
    for (const part of stages.values())
      for (const edge of part.inputs)
        if (!stages.has(edge.stage)) found.set(`${edge.name}.${edge.output} ${edge.option}`, edge);
  return [...found.values()];
}

/** Stages in an order in which each follows what it reads; depth shows as indentation. */
function textDag({ stages }: Pipeline): string {
  const depth = new Map<string, number>();
  for (const stage of stages)
    depth.set(
      stage.name,
      Math.max(
        -1,
        ...[...readsOf(stage).map((edge) => edge.stage), ...stage.scope.map((axis) => axis.stage)].map(
          (name) => depth.get(name) ?? 0,
        ),
      ) + 1,
    );
  const lines = table(
    stages.map((stage) => {
      const reads = new Set(sources(stage).map(({ name }) => name));
      return [
        `${"  ".repeat(depth.get(stage.name)!)}${escaped(stage.name)}`,
        stage.kind,
        [reads.size > 0 ? `← ${[...reads].join(", ")}` : "", stage.each ? `(each of ${stage.each})` : ""]
          .filter(Boolean)
          .join("  "),
      ];
    }),
  );
  return `${lines.join("\n")}\n`;
}

/** Ids are numbers, so that a stage may be called `end`. */
function mermaidDag({ stages }: Pipeline): string {
  const id = new Map(stages.map((stage, index) => [stage.name, `s${index}`]));
  // `#` begins Mermaid's own escapes.
  const quote = (text: string): string => escaped(text).replaceAll("#", "#35;").replaceAll('"', "#quot;");
  const nodes = stages.map(({ name, kind, each }) => {
    const over = each ? ` · each of ${quote(each)}` : "";
    return `  ${id.get(name)}["${quote(name)}<br/>${quote(kind)}${over}"]`;
  });
  const edges = stages.flatMap((stage) =>
    sources(stage).map(({ from, label }) => `  ${id.get(from)} -->|${quote(label)}| ${id.get(stage.name)}`),
  );
  const over = stages.flatMap((stage) =>
    overOf(stage).map((from) => `  ${id.get(from)} -.->|each| ${id.get(stage.name)}`),
  );
  return `flowchart LR\n${[...nodes, ...edges, ...over].join("\n")}\n`;
}

function dotDag({ name, stages }: Pipeline): string {
  const quote = (text: string): string => `"${escaped(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const nodes = stages.map(
    (stage) => `  ${quote(stage.name)} [label=${quote(stage.name)} xlabel=${quote(stage.kind)}];`,
  );
  const edges = stages.flatMap((stage) =>
    sources(stage).map(({ from, label }) => `  ${quote(from)} -> ${quote(stage.name)} [label=${quote(label)}];`),
  );
  const over = stages.flatMap((stage) =>
    overOf(stage).map((from) => `  ${quote(from)} -> ${quote(stage.name)} [label=each style=dashed];`),
  );
  const lines = ["  rankdir=LR;", "  node [shape=box];", ...nodes, ...edges, ...over];
  return `digraph ${quote(name)} {\n${lines.join("\n")}\n}\n`;
}

/** What a stage runs over and does not read: its winners, say, whose settings it takes. */
const overOf = (stage: Stage): readonly string[] => {
  const read = new Set(readsOf(stage).map((edge) => edge.stage));
  return stage.scope.map((axis) => axis.stage).filter((name) => !read.has(name));
};
