/** From a folder of pictures to a score, by the command itself. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { colourPng, greyPng, jpegOf } from "../rig/picture-files.js";
import { type Project, project } from "../rig/project.js";

let open: Project | undefined;
afterEach(() => open?.remove());

const pipeline = `
seed: 3
stages:
  photos: {kind: load, source: images, train: photos/train, test: photos/test, resize: 8}
  net:
    kind: train
    data: photos.train
    layers: [flatten, dense: {units: 2}]
    loss: cross_entropy
    optimizer: {adam: {learning_rate: 0.05}}
    epochs: 30
    batch_size: 4
  score: {kind: evaluate, model: net, data: photos.test}
`;

test("pictures of two colours are told apart, kept, and read again when one of them changes", async () => {
  open = project();
  const file = open.write("p.yaml", pipeline);
  const folder = join(dirname(file), "photos");
  const write = (path: string, bytes: Uint8Array): void => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (let index = 0; index < 6; index++) {
    const part = index < 4 ? "train" : "test";
    const size = [9 + index, 12] as const;
    write(`${part}/red/${index}.png`, colourPng(...size, [200 + index, 40, 50]));
    write(`${part}/green/${index}.jpg`, jpegOf(...size, [30 + index, 180, 60]));
  }
  const run = async () => await open!.hw1("run", file, "--plain");
  const first = await run();
  expect([first.code, first.err]).toEqual([0, ""]);
  expect(first.out).toMatch(/score ran in [\d.]+ s {2}accuracy 100\.00 %/);
  expect(await run()).toMatchObject({ code: 0, out: expect.stringContaining("Done: 0 ran, 3 reused") });

  renameSync(join(folder, "train/red/0.png"), join(folder, "train/red/00.png"));
  const renamed = await run();
  expect(renamed.out).toContain("photos runs: train: the data file changed");
  // The same pictures in the same order are the same data.
  expect(renamed.out).toContain("Done: 1 ran, 2 reused");

  write(
    "train/red/1.png",
    greyPng(9, 9, () => 1),
  );
  const mixed = await run();
  expect([mixed.code, mixed.err]).toEqual([2, expect.stringContaining("grey pictures and pictures in colours")]);
  rmSync(join(folder, "train/red/1.png"));
  const jpeg = jpegOf(9, 12, [200, 40, 50]);
  write("train/red/1.jpg", jpeg.subarray(0, jpeg.length - 20));
  const truncated = await run();
  expect(truncated.code).toBe(1);
  expect(truncated.err).toContain("1 of the 8 files in `photos/train` cannot be read:\n");
  expect(truncated.err).toContain("`photos/train/red/1.jpg` is truncated: it ends before the JPEG does");
});
