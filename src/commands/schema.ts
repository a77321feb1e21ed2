/** `hw1 schema`: the JSON Schema of pipeline files, for editors. */

import { pipelineJsonSchema } from "../pipeline/schema.js";
import { kinds } from "../stages/kinds.js";
import { print } from "../terminal/output.js";
import { jsonText } from "../util/escape.js";

export async function schema(): Promise<number> {
  print(`${jsonText(pipelineJsonSchema(kinds), 2)}\n`);
  return 0;
}
