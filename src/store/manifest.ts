/**
 * What an artifact consists of, as canonical JSON, and its digests.
 *
 * Output digest = digest of {type, data, blobs: {name: {dtype, shape, digest}}}; artifact digest = digest of
 * {output name: output digest}. Both can be computed again from a manifest, so a damaged one is never believed.
 */
import { type Digest, digestJson, digestText } from "../util/digest.js";
import { canonical, type JsonObject } from "../util/json.js";
import { sizeOfShape } from "../util/shape.js";
import type { Dtype } from "../values/blob.js";
import type { PortType } from "../values/output.js";
import { parseStored } from "./text.js";

export interface BlobEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly digest: Digest;
  readonly sizeBytes: number;
}
export interface OutputEntry {
  readonly type: PortType;
  readonly data: JsonObject;
  readonly blobs: Readonly<Record<string, BlobEntry>>;
  readonly digest: Digest;
}
export interface Manifest {
  readonly digest: Digest;
  readonly outputs: Readonly<Record<string, OutputEntry>>;
}

const itemBytes: Readonly<Record<Dtype, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bytes: 1 };

/** Bytes of an array of this type and shape. */
export function sizeBytesOf(dtype: Dtype, shape: readonly number[]): number {
  return itemBytes[dtype] * sizeOfShape(shape);
}

function outputDigest({ type, data, blobs }: Omit<OutputEntry, "digest">): Digest {
  const described = blobsText(blobs, ({ digest, dtype, shape }) => ({ digest, dtype, shape }));
  return digestText(`{"blobs":${described},"data":${canonical(data)},"type":${canonical(type)}}`);
}

/**
 * Canonical text of blobs' descriptions. Dozens of weights make most of a manifest, and this takes a third of the time
 * of `canonical`, because it knows the keys. Each description is given with its keys in order.
 */
function blobsText(blobs: OutputEntry["blobs"], describe: (blob: BlobEntry) => object): string {
  return `{${entriesInOrder(blobs)
    .map(([name, blob]) => `${canonical(name)}:${JSON.stringify(describe(blob))}`)
    .join(",")}}`;
}

function entriesInOrder<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function manifestOf(outputs: Readonly<Record<string, Omit<OutputEntry, "digest">>>): Manifest {
  const entries = Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [name, { ...output, digest: outputDigest(output) }]),
  );
  return { digest: artifactDigest(entries), outputs: entries };
}

/**
 * A manifest is written to its pack and to its row, and a text of some kilobytes takes longer to make than to write.
 */
const texts = new WeakMap<Manifest, string>();

export function manifestText(manifest: Manifest): string {
  let text = texts.get(manifest);
  if (text === undefined) {
    const outputs = entriesInOrder(manifest.outputs).map(([name, { type, data, blobs, digest }]) => {
      const described = blobsText(blobs, ({ digest, dtype, shape, sizeBytes }) => ({
        digest,
        dtype,
        shape,
        sizeBytes,
      }));
      const known = `"digest":${canonical(digest)},"type":${canonical(type)}`;
      return `${canonical(name)}:{"blobs":${described},"data":${canonical(data)},${known}}`;
    });
    text = `{"digest":${canonical(manifest.digest)},"manifest":1,"outputs":{${outputs.join(",")}}}`;
    texts.set(manifest, text);
  }
  return text;
}

/** The manifest, or undefined when the text is not one or does not agree with its own digests. */
export function readManifest(text: string): Manifest | undefined {
  try {
    return checkedManifest(parseStored<Manifest>(text));
  } catch {
    return undefined;
  }
}

/** The manifest, or undefined when it does not agree with its own digests. */
export function checkedManifest(manifest: Manifest): Manifest | undefined {
  try {
    const { digest, outputs } = manifest;
    const agrees =
      Object.values(outputs).every((output) => output.digest === outputDigest(output)) &&
      digest === artifactDigest(outputs);
    return agrees ? { digest, outputs } : undefined;
  } catch {
    return undefined;
  }
}

/** A manifest as it will be read back, so that a fresh result and a reused one are the same to the last bit. */
export function asRead(manifest: Manifest): Manifest {
  const text = manifestText(manifest);
  const { digest, outputs } = parseStored<Manifest>(text);
  const read = { digest, outputs };
  texts.set(read, text);
  return read;
}

/** The digests of an artifact's outputs, by name, as canonical text. */
export function digestsText({ outputs }: Pick<Manifest, "outputs">): string {
  return canonical(Object.fromEntries(Object.entries(outputs).map(([name, { digest }]) => [name, digest])));
}

/** What `digestsText` made, or undefined where it does not make up the artifact's digest. */
export function checkedDigests(text: string, artifact: Digest): Readonly<Record<string, Digest>> | undefined {
  if (digestText(text) !== artifact) return undefined;
  return JSON.parse(text) as Readonly<Record<string, Digest>>;
}

/** Every blob of an artifact, each once. */
export function blobsOf(manifest: Pick<Manifest, "outputs">): readonly BlobEntry[] {
  const byDigest = new Map<Digest, BlobEntry>();
  for (const output of Object.values(manifest.outputs))
    for (const blob of Object.values(output.blobs)) byDigest.set(blob.digest, blob);
  return [...byDigest.values()];
}

function artifactDigest(outputs: Readonly<Record<string, { readonly digest: Digest }>>): Digest {
  return digestJson(Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.digest])));
}
