/** Colour images, [height, width, 3], go through the whole chain: read, augmented, normalised, learned, judged, drawn. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project, steps } from "../rig/project.js";

const side = 12;
/** IDX: images of [count, side, side, 3], or labels. */
function idx(dimensions: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.set([0, 0, 8, dimensions.length]);
  for (const [axis, length] of dimensions.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, bytes]);
}
/** Bars on a grey ground: which of four classes tells their colour (red or green) and whether they lie or stand. */
function bars(count: number, seed: number): { readonly images: Buffer; readonly labels: Buffer } {
  let state = seed;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const [pixels, labels] = [new Uint8Array(count * side * side * 3), new Uint8Array(count)];
  for (let image = 0; image < count; image++) {
    const label = random(4);
    labels[image] = label;
    const [x, y] = [3 + random(4), 3 + random(4)];
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const [along, across] = label < 2 ? [column - 2, row - y] : [row - 2, column - x];
        const isBar = along >= 0 && along < 8 && across >= 0 && across < 2;
        for (let channel = 0; channel < 3; channel++)
          pixels[((image * side + row) * side + column) * 3 + channel] =
            40 + random(40) + (isBar && channel === label % 2 ? 150 : 0);
      }
  }
  return { images: idx([count, side, side, 3], pixels), labels: idx([count], labels) };
}

test("colour images are learned from augmented, on their scale and normalised, and drawn", async () => {
  const net = (data: string, validation: string): string => `
    kind: train
    data: ${data}
    validation: ${validation}
    layers:
      - conv: {kernels: 8, size: 3, padding: same}
      - batch_norm
      - activation: relu
      - max_pool: 2
      - conv: {kernels: 8, size: 3, activation: relu}
      - avg_pool: 2
      - flatten
      - dense: {units: 4}
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.01}}
    epochs: 6`;
  const open = project(`
name: bars
seed: 1
stages:
  bars:
    kind: load
    source: idx
    classes: [lying red, lying green, standing red, standing green]
    train: {images: colour-images, labels: colour-labels}
    test: {images: more-images, labels: more-labels}
  parts: {kind: split, data: bars.train, validation: 60}
  warped:
    kind: augment
    data: parts.train
    transforms:
      - affine: {degrees: 8, translate: [0.1, 0.1], fill: [0.2, 0.2, 0.2]}
      - flip: horizontal
      - brightness: 0.2
      - contrast: 0.2
      - blur: {size: 3, sigma: [0.1, 0.5]}
      - noise: {sd: 0.02}
  ready: {kind: normalize, data: warped}
  plain:${net("warped", "parts.validation")}
  normalised:${net("ready", "parts.validation")}
  score:  {kind: evaluate, model: plain, data: bars.test, expect: {accuracy: '>= 0.95'}}
  second: {kind: evaluate, model: normalised, data: bars.test, expect: {accuracy: '>= 0.95'}}
  copies: {kind: augment, data: parts.train, transforms: [{rotate: 20}], copies: 1}
  samples: {kind: visualize, figure: examples, from: warped, per_class: 2}
  copied:  {kind: visualize, figure: examples, from: copies, per_class: 2}
  confusion: {kind: visualize, figure: confusion_matrix, from: second}
`);
  try {
    const [train, more] = [bars(360, 1), bars(200, 2)];
    for (const [name, part] of [
      ["colour", train],
      ["more", more],
    ] as const) {
      open.write(`${name}-images`, part.images);
      open.write(`${name}-labels`, part.labels);
    }
    expect((await open.hw1("check", "p.yaml")).err).toBe("");
    const run = await open.hw1("run", "p.yaml", "--json");
    expect([run.code, run.err]).toEqual([0, ""]);
    const again = await open.hw1("run", "p.yaml", "--json", "--jobs", "1", "--force", "plain", "--force", "normalised");
    for (const name of ["plain", "normalised"]) {
      expect(steps(again)[name]!.verdict).toBe("run");
      expect(steps(again)[name]!.digest).toBe(steps(run)[name]!.digest);
    }
    const accuracy = async (stage: string): Promise<number> =>
      (JSON.parse((await open.hw1("show", "p.yaml", stage, "--json")).out) as { metrics: { accuracy: number } }).metrics
        .accuracy;
    expect(await accuracy("score")).toBeGreaterThanOrEqual(0.95);
    expect(await accuracy("second")).toBeGreaterThanOrEqual(0.95);
    const svg = (name: string): string => readFileSync(join(open.cache, "figures", "bars", `${name}.svg`), "utf8");
    expect(svg("samples")).toContain("as they are, before what is done to them in training");
    expect(svg("copied")).not.toContain("as they are");
    const shown = (await open.hw1("show", "p.yaml", "warped")).out;
    expect(shown).toContain("300 examples of [12, 12, 3], 4 classes");
    // The first images, by their brightness, with their classes below.
    expect(shown).toMatch(/[░▒▓█▄▀][^\n]*\n(.*\n){0,8} {2}(lying|standing) (red|green) /);
  } finally {
    open.remove();
  }
});
