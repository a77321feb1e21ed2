/** The graph of stages as text, Mermaid, Graphviz DOT or JSON. */
import type { Pipeline, Stage } from "../pipeline/pipeline.js";

export type DagFormat = "text" | "mermaid" | "dot" | "json";

export function renderDag(pipeline: Pipeline, format: DagFormat): string {
  switch (format) {
    case "text":
      return textDag(pipeline);
    case "mermaid":
      return mermaidDag(pipeline);
    case "dot":
      return dotDag(pipeline);
    case "json":
      return `${JSON.stringify({ name: pipeline.name, stages: pipeline.stages.map((stage) => ({ name: stage.name, kind: stage.kind, each: stage.each, reads: stage.inputs.map(({ option, stage: read, output }) => ({ option, stage: read, output })), outputs: Object.keys(stage.outputs) })) })}\n`;
  }
}

const sources = (stage: Stage): readonly { readonly from: string; readonly label: string }[] =>
  stage.inputs.map((edge) => ({ from: edge.stage, label: edge.output }));

/** Stages in an order in which each follows what it reads; depth shows as indentation. */
function textDag({ stages }: Pipeline): string {
  const depth = new Map<string, number>();
  for (const stage of stages) depth.set(stage.name, Math.max(-1, ...stage.inputs.map((edge) => depth.get(edge.stage) ?? 0)) + 1);
  const left = stages.map((stage) => `${"  ".repeat(depth.get(stage.name)!)}${stage.name}`);
  const width = Math.max(...left.map((text) => text.length));
  const kinds = Math.max(...stages.map((stage) => stage.kind.length));
  const lines = stages.map((stage, index) => {
    const reads = sources(stage).map(({ from, label }) => `${from}.${label}`);
    return `${left[index]!.padEnd(width)}  ${stage.kind.padEnd(kinds)}${reads.length > 0 ? `  ← ${[...new Set(reads)].join(", ")}` : ""}${stage.each ? `  (each of ${stage.each})` : ""}`.trimEnd();
  });
  return `${lines.join("\n")}\n`;
}

/** Ids are numbers, so that a stage may be called `end`. */
function mermaidDag({ stages }: Pipeline): string {
  const id = new Map(stages.map((stage, index) => [stage.name, `s${index}`]));
  const quote = (text: string): string => text.replaceAll('"', "#quot;");
  const nodes = stages.map(
    (stage) => `  ${id.get(stage.name)}["${quote(stage.name)}<br/>${quote(stage.kind)}${stage.each ? ` · each of ${quote(stage.each)}` : ""}"]`,
  );
  const edges = stages.flatMap((stage) => sources(stage).map(({ from, label }) => `  ${id.get(from)} -->|${quote(label)}| ${id.get(stage.name)}`));
  return `flowchart LR\n${[...nodes, ...edges].join("\n")}\n`;
}

function dotDag({ name, stages }: Pipeline): string {
  const quote = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const nodes = stages.map((stage) => `  ${quote(stage.name)} [label=${quote(stage.name)} xlabel=${quote(stage.kind)}];`);
  const edges = stages.flatMap((stage) => sources(stage).map(({ from, label }) => `  ${quote(from)} -> ${quote(stage.name)} [label=${quote(label)}];`));
  return `digraph ${quote(name)} {\n  rankdir=LR;\n  node [shape=box];\n${[...nodes, ...edges].join("\n")}\n}\n`;
}
