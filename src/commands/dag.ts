/** `hw1 dag FILE`: the graph of stages. */
import { renderDag } from "../terminal/dag-text.js";
import { type FileFlags, pipelineOrTell } from "./shared.js";

export async function dag(path: string, flags: FileFlags & { readonly mermaid?: boolean; readonly dot?: boolean }): Promise<number> {
  const pipeline = pipelineOrTell(path, flags);
  if (!pipeline) return 2;
  process.stdout.write(renderDag(pipeline, flags.json ? "json" : flags.mermaid ? "mermaid" : flags.dot ? "dot" : "text"));
  return 0;
}
