/**
 * What decides a step's result, as a document kept whole beside its digest, so that any two can be compared.
 *
 * Input digests are of content: an upstream step that runs again and leaves the same bytes stops the wave here (early
 * cut-off), at the price that a step downstream of one that must run cannot be judged before it has. No stage name,
 * time, host, path or thread count is part of it. Seeds are there only for kinds that draw random numbers, the engine
 * and its versions only for kinds that compute with it, the renderer's only for figures, a decoder's for pictures.
 */
import { drawsRandomNumbers, type Kind } from "../pipeline/kind.js";
import { decidingOptions } from "../pipeline/merged.js";
import type { DataFile } from "../pipeline/run-context.js";
import { type Digest, digestJson } from "../util/digest.js";
import type { VersionOf } from "../util/installed.js";
import type { Json, JsonObject } from "../util/json.js";
import { madeWith } from "./made-with.js";

export interface Fingerprint {
  readonly document: JsonObject;
  readonly digest: Digest;
  /** The data files that are in it. */
  readonly files: readonly DataFile[];
}

/** Raised when the document's own form changes. */
const schema = 2;

export function fingerprint(
  kind: Kind<unknown>,
  all: JsonObject,
  context: {
    readonly engine: string;
    readonly versionOf?: VersionOf | undefined;
    readonly seed: number;
    readonly folds: readonly string[];
    readonly folder: string;
    readonly inputs: Readonly<Record<string, Digest>>;
  },
): Fingerprint {
  const options = decidingOptions(kind, all);
  const files = kind.files?.(all, context.folder);
  const document: JsonObject = {
    schema,
    kind: kind.name,
    version: kind.version,
    options: files ? files.reduce((kept, { option }) => withoutPath(kept, option) as JsonObject, options) : options,
    inputs: context.inputs,
    ...madeWith(kind, all, context.engine, context.versionOf),
    ...(files ? { files: Object.fromEntries(files.map(({ option, digest }) => [nameOf(option), digest])) } : {}),
    ...(drawsRandomNumbers(kind, all) ? { seeds: { seed: context.seed, folds: context.folds } } : {}),
  };
  return { document, digest: digestJson(document), files: files ?? [] };
}

/**
 * Files are known by their content and by what they are for; renaming one changes nothing. A text elsewhere that equals
 * a path is no path.
 */
function withoutPath(value: Json | undefined, [first, ...rest]: DataFile["option"]): Json | undefined {
  if (first === undefined) return value === undefined ? undefined : "(file)";
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === String(first) ? withoutPath(item, rest)! : item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === first ? withoutPath(member, rest)! : member]),
  );
}

/** `test.images`; a dot in a name is no other name's dot. */
const nameOf = (option: DataFile["option"]): string =>
  option.map((part) => String(part).replace(/[\\.]/g, "\\$&")).join(".");

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
