/** Outputs with data that no kind leaves, for whoever does not read them; and any output's data as JSON. */
import type { JsonObject } from "../../src/util/json.js";
import type { Output, PortType } from "../../src/values/output.js";

export const looseOutput = (type: PortType, data: JsonObject, blobs: Output["blobs"] = {}): Output =>
  ({ type, data, blobs }) as Output;

export const jsonOf = (output: Output | undefined): JsonObject => output!.data;
