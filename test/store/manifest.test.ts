import fc from "fast-check";
import { expect, test } from "vitest";
import {
  asRead,
  checkedDigests,
  checkedManifest,
  digestsText,
  type Manifest,
  manifestOf,
  manifestText,
  readManifest,
} from "../../src/store/manifest.js";
import { digestJson } from "../../src/util/digest.js";
import { canonical } from "../../src/util/json.js";

const name = fc.oneof(
  fc.constantFrom("10", "9", "é", "e\u0301", "dense.weight", "__proto__ ", '"'),
  fc.string({ minLength: 1 }),
);
const blob = fc.record({
  dtype: fc.constantFrom("float32" as const, "bytes" as const),
  shape: fc.array(fc.nat(9)),
  digest: fc.string().map((text) => digestJson(text)),
  sizeBytes: fc.nat(),
});
const data = fc.dictionary(name, fc.oneof(fc.double(), fc.string(), fc.constantFrom(Number.NaN, -0, null)));
const outputs = fc.dictionary(
  name,
  fc.record({ type: fc.constantFrom("model" as const, "dataset" as const), data, blobs: fc.dictionary(name, blob) }),
);

test("a manifest's text is canonical, and its digests are those of canonical text", () => {
  fc.assert(
    fc.property(outputs, (given) => {
      const manifest = manifestOf(given);
      expect(manifestText(manifest)).toBe(canonical({ manifest: 1, ...manifest }));
      for (const [key, output] of Object.entries(manifest.outputs)) {
        const blobs = Object.fromEntries(
          Object.entries(given[key]!.blobs).map(([at, { dtype, shape, digest }]) => [at, { dtype, shape, digest }]),
        );
        expect(output.digest).toBe(digestJson({ type: output.type, data: output.data, blobs }));
      }
      expect(manifest.digest).toBe(
        digestJson(Object.fromEntries(Object.entries(manifest.outputs).map(([key, { digest }]) => [key, digest]))),
      );
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("what was written reads back, and agrees with its digests; what was changed does not", () => {
  const manifest = manifestOf({ out: { type: "model", data: { loss: Number.NaN, epochs: 3 }, blobs: {} } });
  const text = manifestText(manifest);
  expect(readManifest(text)).toEqual(asRead(manifest));
  const digests = digestsText(manifest);
  expect(checkedDigests(digests, manifest.digest)).toEqual({ out: manifest.outputs.out!.digest });
  expect(readManifest(text.replace('"epochs":3', '"epochs":4'))).toBeUndefined();
  expect(checkedDigests(digests.replace("sha256:", "sha256:x"), manifest.digest)).toBeUndefined();
  expect(checkedDigests(digests, digestJson("another"))).toBeUndefined();
  expect(readManifest("{")).toBeUndefined();
  expect(checkedManifest(null as unknown as Manifest)).toBeUndefined();
});
