/** `hw1 schema`: the JSON Schema of pipeline files, for editors. */
import { pipelineJsonSchema } from "../pipeline/schema.js";
import { kinds } from "../stages/kinds.js";

export async function schema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(pipelineJsonSchema(kinds), null, 2)}\n`);
  return 0;
}
