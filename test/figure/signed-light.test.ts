/** Numbers with a sign as light: what people and grey printers see of them. */
import { expect, test } from "vitest";
import { imageSketch } from "../../src/figure/image-sketch.js";
import {
  colourScale,
  greatest,
  scaled,
  signedColour,
  signedScale,
  unsignedScale,
} from "../../src/figure/signed-light.js";

/** L* of an sRGB colour, by the definitions of IEC 61966-2-1 and CIE 15. */
function lightness([red, green, blue]: readonly number[]): number {
  const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const y = 0.2126 * linear(red!) + 0.7152 * linear(green!) + 0.0722 * linear(blue!);
  return y > (6 / 29) ** 3 ? 116 * Math.cbrt(y) - 16 : (29 / 3) ** 3 * y;
}

test("the lightness of a signed scale rises in a straight line through mid grey at 0", () => {
  const steps = Array.from({ length: 101 }, (_, at) => lightness(signedColour(at / 100)));
  for (const [at, found] of steps.entries()) expect(Math.abs(found - (18 + 0.76 * at))).toBeLessThan(1.5);
  expect(steps.every((found, at) => at === 0 || found > steps[at - 1]!)).toBe(true);
  const [red, green, blue] = signedColour(0.5);
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(0.005);
});

test("a signed scale is symmetric about 0, and what lies beyond its ends is as light as they are", () => {
  const scale = signedScale(greatest([0.5, -2], [1, Number.NaN, Infinity]));
  expect(scale.ends).toEqual([-2, 2]);
  const [below, above] = [-1, 1].map((value) => lightness([...scale.light([value])]));
  expect(above! - 56).toBeCloseTo(56 - below!, 0);
  expect(scale.light([9])).toEqual(scale.light([2]));
  expect([...scale.grey([-2, -1, 0, 2])]).toEqual([0, 0.25, 0.5, 1]);
  expect(scale.words).toBe("dark blue −2, mid grey 0, light yellow 2");
});

test("numbers without a sign go from black to white, those of a colour kernel to mid grey at 0", () => {
  expect([...unsignedScale(4).light([0, 1, 4])]).toEqual([0, 0.25, 1]);
  expect([...colourScale(4).light([0, -4, 2])]).toEqual([0.5, 0, 0.75]);
  expect([...colourScale(3).grey([3, 0, -3])]).toEqual([0.5]);
});

test("where all values are 0 it is said", () => {
  for (const scale of [signedScale(0), unsignedScale(0), colourScale(0)]) expect(scale.inGrey).toBe("all values are 0");
  expect([...signedScale(0).grey([0])]).toEqual([0.5]);
  expect([...unsignedScale(0).light([0])]).toEqual([0]);
});

test("a terminal shows signed images in grey, 0 in the middle", () => {
  const sketch = imageSketch([scaled(signedScale(1), [-1, 0, 0, 1], [2, 2], "1")], [2, 2, 3]);
  expect(sketch).toMatchObject({ height: 2, width: 2 });
  const [image] = sketch.type === "images" ? sketch.images : [];
  expect([...Buffer.from(image!.pixels, "base64")]).toEqual([0, 128, 128, 255]);
});
