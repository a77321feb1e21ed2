/**
 * What else decides a result: exact versions of the packages that compute it, draw it, check it or decode its files.
 *
 * An engine is known by its name and by what computes in it. Node's version and the processor are no part of it
 * (docs/store.md).
 */
import type { Kind } from "../pipeline/kind.js";
import { installedVersion, type VersionOf } from "../util/installed.js";
import type { JsonObject } from "../util/json.js";

const packagesOf: Readonly<Record<string, readonly string[]>> = {
  onnx: ["onnxruntime-node", "@tensorflow/tfjs-core"],
  tensorflow: ["@tensorflow/tfjs-node", "@tensorflow/tfjs-core"],
};

/** The part of a fingerprint's document that says so; empty for kinds that do none of it. */
export function madeWith(
  kind: Kind<unknown>,
  options: JsonObject,
  engine: string,
  versionOf: VersionOf = installedVersion,
): JsonObject {
  const { usesEngine, renderer } = kind;
  const decoders = kind.decoders?.(options, versionOf) ?? [];
  return {
    ...(usesEngine ? { engine: engineVersions(engine, versionOf) } : {}),
    ...(renderer ? { renderer: versionsOf(renderer, versionOf) } : {}),
    ...(decoders.length > 0 ? { decoder: versionsOf(decoders, versionOf) } : {}),
  };
}

/** An engine's name, and the exact versions of what computes in it. */
export const engineVersions = (engine: string, versionOf: VersionOf = installedVersion): JsonObject => ({
  name: engine,
  ...versionsOf(packagesOf[engine] ?? [], versionOf),
});

const versionsOf = (names: readonly string[], versionOf: VersionOf): JsonObject =>
  Object.fromEntries(names.map((name) => [name, versionOf(name)]));
