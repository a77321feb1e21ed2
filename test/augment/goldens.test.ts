/** For given parameters a transform does what torchvision 0.28 does (`goldens.py`). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../src/augment/recipe.js";
import type { ImageShape, Prepared } from "../../src/augment/transform.js";
import { type TransformName, transformNames, transformOf } from "../../src/augment/transforms.js";
import { field, given, greatestDifference, type ImageName, imageOf, shapes, sizeOf } from "./images.js";

interface Golden {
  readonly image: ImageName;
  readonly transform: TransformName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly parameters: unknown;
  /** 8: the image's own bytes and fills, as they are. 16: numbers between 0 and 1, rounded to 2⁻¹⁶. */
  readonly bits: 8 | 16;
  readonly result: string;
}
const goldens: readonly Golden[] = JSON.parse(readFileSync(join(import.meta.dirname, "goldens.json"), "utf8"));

function resultOf({ bits, result }: Golden): number[] {
  const bytes = Buffer.from(result, "base64");
  if (bits === 8) return Array.from(bytes, (byte) => Math.fround(byte / 255));
  return Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16LE(2 * at) / 65535);
}

/** Fields are kept as the seed that they are made of. */
function parametersOf({ transform, parameters, options }: Golden, prepared: Prepared, shape: ImageShape): unknown {
  const area = shape.height * shape.width;
  const map = parameters as {
    readonly shifts?: [number, number];
    readonly noise?: number;
    readonly z?: [number, number];
  };
  const spread = ([seed, width]: [number, number], count: number): number[] =>
    field(seed, count).map((number) => width * (number - 0.5));
  if (transform === "elastic" && map.shifts) {
    const shifts = spread(map.shifts, 2 * area);
    return { shifts: { x: Float64Array.from(shifts.slice(0, area)), y: Float64Array.from(shifts.slice(area)) } };
  }
  if (transform === "elastic") return prepared.draw(given(field(map.noise!, 2 * area)));
  if (transform === "noise") return { ...map, z: Float64Array.from(spread(map.z!, sizeOf(shape))) };
  if (transform === "erase") return { ...map, value: options.value };
  return parameters;
}

for (const name of transformNames)
  describe(name, () => {
    const own = goldens.filter(({ transform }) => transform === name);
    test("there are goldens of both images", () => {
      expect([...new Set(own.map(({ image }) => image))]).toEqual(["grey", "colour"]);
    });
    test.each(own.map((golden, index) => [index, golden.image, JSON.stringify(golden.options), golden] as const))(
      "%i: %s, %s",
      (_index, imageName, _options, golden) => {
        const shape = shapes[imageName];
        const settings = settingsOf(name, golden.options);
        const prepared = transformOf(name).prepare(settings, shape);
        const [image, to] = [imageOf(imageName), new Float32Array(sizeOf(shape)).fill(Number.NaN)];
        prepared.apply(parametersOf(golden, prepared, shape), image, to);
        expect(image).toEqual(imageOf(imageName));
        if (golden.options.interpolation === "nearest") expect(golden.bits).toBe(8);
        expect(greatestDifference(to, resultOf(golden))).toBeLessThanOrEqual(golden.bits === 8 ? 1e-6 : 1e-4);
      },
    );
  });
