/**
 * What decides a step's result, as a document kept whole beside its digest, so that any two can be compared.
 *
 * Input digests are of content: an upstream step that runs again and leaves the same bytes stops the wave here (early
 * cut-off), at the price that a step downstream of one that must run cannot be judged before it has. No stage name, time,
 * host, path or thread count is part of it. Seeds are there only for kinds that draw random numbers, the engine only for
 * kinds that compute with it.
 */
import { drawsRandomNumbers, type Kind } from "../pipeline/kind.js";
import { withoutInputs } from "../pipeline/merged.js";
import { type Digest, digestJson } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";

export interface Fingerprint {
  readonly document: JsonObject;
  readonly digest: Digest;
}

/** Raised when the document's own form changes. */
const schema = 1;

export function fingerprint(
  kind: Kind<unknown>,
  all: JsonObject,
  context: {
    readonly engine: string;
    readonly seed: number;
    readonly folds: readonly string[];
    readonly folder: string;
    readonly inputs: Readonly<Record<string, Digest>>;
  },
): Fingerprint {
  const options = withoutInputs(kind, all);
  const files = kind.files?.(all, context.folder);
  const document: JsonObject = {
    schema,
    kind: kind.name,
    version: kind.version,
    options: files ? withoutPaths(options, new Set(Object.keys(files))) : options,
    inputs: context.inputs,
    ...(kind.usesEngine ? { engine: context.engine } : {}),
    ...(files ? { files: Object.values(files) } : {}),
    ...(drawsRandomNumbers(kind, all) ? { seeds: { seed: context.seed, folds: context.folds } } : {}),
  };
  return { document, digest: digestJson(document) };
}

/** Files are known by their content; renaming one changes nothing. */
function withoutPaths(value: JsonObject, paths: ReadonlySet<string>): JsonObject {
  const strip = (part: unknown): unknown => {
    if (typeof part === "string") return paths.has(part) ? "(file)" : part;
    if (Array.isArray(part)) return part.map(strip);
    if (part && typeof part === "object") return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, strip(inner)]));
    return part;
  };
  return strip(value) as JsonObject;
}

/** The family of computations that share checkpoints: the document without what only sets the length. */
export function checkpointFamily(
  found: Fingerprint,
  kind: Kind<unknown>,
  options: unknown,
): { readonly family: Digest; readonly length: number; readonly shared: boolean } {
  const prefix = kind.prefix?.(options);
  if (!prefix) return { family: digestJson({ whole: found.digest }), length: Number.MAX_SAFE_INTEGER, shared: false };
  return { family: digestJson({ ...found.document, options: prefix.family }), length: prefix.length, shared: true };
}
