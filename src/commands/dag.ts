/** `hw1 dag FILE`: the graph of stages. */

import { print } from "../terminal/output.js";
import { renderDag } from "../text/dag.js";
import { type FileFlags, pipelineOrReport } from "./reading.js";

export async function dag(
  path: string,
  flags: FileFlags & { readonly mermaid?: boolean; readonly dot?: boolean },
): Promise<number> {
  const pipeline = pipelineOrReport(path, flags);
  if (!pipeline) return 2;
  const format = (["json", "mermaid", "dot"] as const).find((name) => flags[name]) ?? "text";
  print(renderDag(pipeline, format));
  return 0;
}
