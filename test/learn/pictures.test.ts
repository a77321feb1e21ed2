/** Pictures as a recipe makes them of stored images, by whichever thread. */
import { afterEach, expect, test, vi } from "vitest";
import { Chain } from "../../src/augment/chain.js";
import { companyMs } from "../../src/compute/company.js";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import type { Examples } from "../../src/learn/data.js";
import { normalised } from "../../src/learn/normalization.js";
import { pictureCopies } from "../../src/learn/picture-copies.js";
import { blocksOf, PictureStream } from "../../src/learn/picture-stream.js";
import { PictureThreads } from "../../src/learn/picture-threads.js";
import { type PictureArray, type PictureBlock, pictureType, repetitionsOf } from "../../src/learn/pictures.js";
import type { Scaling } from "../../src/values/dataset.js";
import { augmented, images, picturesOf, recipeOf } from "../rig/augmentation.js";
import { leaping } from "../rig/training.js";

/** What a thread is started with, where it is not the real one. */
const entry = vi.hoisted(() => ({ is: "" }));
vi.mock("../../src/util/entries.js", async (original) => {
  const real = await original<typeof import("../../src/util/entries.js")>();
  return { ...real, threadEntry: () => (entry.is ? new URL(entry.is) : real.threadEntry("picture-thread")) };
});

const rotated = recipeOf(1 / 255, { rotate: { degrees: 30 } });
const standard: Scaling = { method: "standard", offset: [0.41], divisor: [0.27] };
const half: Scaling = { method: "min_max", offset: [-1], divisor: [3] };
const source = ({ augmentation, shape }: Examples, seed = 1) => ({ ...augmentation!, shape, seed, folds: [] });
const ends: (() => void)[] = [];
afterEach(() => {
  entry.is = "";
  for (const end of ends.splice(0)) end();
});
const threadsOf = (data: Examples, most = 1, now = () => 0): PictureThreads => {
  const threads = new PictureThreads(source(data), most, now);
  ends.push(() => threads.dispose());
  return threads;
};

test("bytes are rounded once, half to even, after all transforms in float32, and normalised as what is stored", () => {
  const data = augmented(images(), rotated);
  const chain = new Chain(rotated.transforms, { height: 8, width: 8, channels: 1 });
  chain.start(1, [], 5);
  const wanted = Uint8Array.from(
    [...data.rows].flatMap((row) => {
      const image = Float32Array.from(data.features.subarray(row * 64, (row + 1) * 64), (byte) => byte / 255);
      return Array.from(chain.apply(image, row, 0), (value) => {
        const whole = Math.fround(value * 255);
        const below = Math.floor(whole);
        const isUp = whole - below === 0.5 ? below % 2 === 1 : whole - below > 0.5;
        return Math.min(255, Math.max(0, below + (isUp ? 1 : 0)));
      });
    }),
  );
  expect(pictureType(data.augmentation!)).toEqual({ dtype: "uint8", scale: 1 / 255 });
  expect(picturesOf(data, 5)).toEqual(wanted);
  const both = augmented(images(), rotated, [standard, half]);
  expect(pictureType(both.augmentation!)).toEqual({ dtype: "float32", scale: 1 });
  expect(picturesOf(both, 5)).toEqual(normalised({ features: wanted, scale: 1 / 255 }, [standard, half]));
});

test("float features stay what the transforms leave in float32, and their normalisation follows", () => {
  const bytes = images({ shape: [6, 5, 3] });
  const values = Float32Array.from(bytes.features, (byte) => byte / 255);
  for (const features of [values, Float64Array.from(values)]) {
    const data = { ...bytes, features };
    const given = augmented(data, recipeOf(1, { rotate: { degrees: 30 } }));
    const chain = new Chain(given.augmentation!.recipe.transforms, { height: 6, width: 5, channels: 3 });
    chain.start(1, [], 2);
    const made = picturesOf(given, 2);
    for (const row of data.rows) {
      const image = Float32Array.from(data.features.subarray(row * 90, (row + 1) * 90));
      expect(made.subarray(row * 90, (row + 1) * 90)).toEqual(chain.apply(image, row, 0));
    }
    const steps: Scaling[] = [
      { method: "standard", offset: [0.1, 0.2, 0.3], divisor: [0.4, 0.5, 0.6] },
      { method: "min_max", offset: [-1, 0, 1], divisor: [2, 3, 4] },
    ];
    const { recipe } = given.augmentation!;
    expect(picturesOf(augmented(data, recipe, steps), 2)).toEqual(normalised({ features: made, scale: 1 }, steps));
  }
});

test("channels of bytes are normalised each by its own statistics", () => {
  const data = images({ shape: [6, 5, 3] });
  const steps: Scaling[] = [{ method: "standard", offset: [0.1, 0.2, 0.3], divisor: [0.4, 0.5, 0.6] }];
  const stored = picturesOf(augmented(data, rotated), 1);
  expect(picturesOf(augmented(data, rotated, steps), 1)).toEqual(
    normalised({ features: stored, scale: 1 / 255 }, steps),
  );
});

test("a row that occurs again has pictures of its own, counted by its place among the rows", () => {
  expect(repetitionsOf(Int32Array.of(3, 1, 3, 3, 1))).toEqual(Int32Array.of(0, 0, 1, 2, 1));
  const once = picturesOf(augmented(images(), rotated), 1);
  const again = picturesOf(augmented(images({ rows: [5, 9, 5] }), rotated), 1);
  const of = (pictures: PictureArray, at: number): PictureArray => pictures.subarray(at * 64, (at + 1) * 64);
  expect(of(again, 0)).toEqual(of(once, 5));
  expect(of(again, 1)).toEqual(of(once, 9));
  expect(of(again, 2)).not.toEqual(of(once, 5));
});

test("threads make what is made here, however many they are; copy c of the r-th row lies at (c − 1) · count + r", async () => {
  const data = augmented(images({ count: 150, rows: [...Array(140).keys(), 0] }), rotated, [standard]);
  const wanted = [1, 2, 3].map((epoch) => picturesOf(data, epoch));
  for (const [threads, now] of [
    [1, () => 0],
    [3, leaping()],
  ] as const) {
    const shares: number[] = [];
    const told = (share: number): void => void shares.push(share);
    const before = companyMs();
    const copies = await pictureCopies(source(data), data.rows, 3, { threads, now, told });
    // Told to the engine as work that is not its own, also now that the threads have ended.
    expect(companyMs()).toBeGreaterThan(before);
    expect(copies.length).toBe(3 * 141 * 64);
    for (const [copy, pictures] of wanted.entries())
      expect(copies.subarray(copy * 141 * 64, (copy + 1) * 141 * 64)).toEqual(pictures);
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  }
});

test("who waits often gets another thread, up to as many as there may be; who does not wait gets none", async () => {
  const data = augmented(images({ count: 600 }), rotated);
  const block = { epoch: 1, rows: data.rows, repetitions: repetitionsOf(data.rows) };
  /** After so many turns, or as soon as there are so many. */
  const count = async (most: number, now: () => number, turns: number): Promise<number> => {
    const threads = threadsOf(data, most, now);
    for (let turn = 0; turn < turns && threads.count < 3; turn++) {
      let isThere = false;
      threads.ask(block, () => {
        isThere = true;
      });
      while (!isThere) await threads.change(1000);
    }
    return threads.count;
  };
  expect(await count(3, leaping(), Number.POSITIVE_INFINITY)).toBe(3);
  expect(await count(1, leaping(), 8)).toBe(1);
  expect(await count(3, () => 0, 8)).toBe(1);
});

/** Makes what it was asked for when it is told to; what its pictures show is their place in the order. */
function makers() {
  const asked: { readonly block: PictureBlock; readonly arrived: (made: PictureArray) => void }[] = [];
  let most = 0;
  return {
    count: 1,
    get most() {
      return most;
    },
    ask(block: PictureBlock, arrived: (made: PictureArray) => void) {
      asked.push({ block, arrived });
      most = Math.max(
        most,
        asked.reduce((sum, each) => sum + each.block.rows.length, 0),
      );
    },
    async change() {
      const { block, arrived } = asked.shift()!;
      arrived(Uint8Array.from(block.rows));
    },
  };
}
const pixel = { ...augmented(images(), rotated).augmentation!, shape: [1, 1, 1] };
const rows = Int32Array.from({ length: 1000 }, (_, at) => at % 251);

test("pictures come in order whatever is asked for at once, and more is made ahead where more is used at once", async () => {
  for (const at of [1, 37, 64, 400]) {
    const threads = makers();
    const stream = new PictureStream(threads, pixel, blocksOf(1, rows, repetitionsOf(rows), 1));
    const all: number[] = [];
    while (all.length < rows.length) {
      const part = new Uint8Array(Math.min(at, rows.length - all.length));
      await stream.fill(part, () => undefined);
      all.push(...part);
    }
    expect(all).toEqual([...rows]);
    expect(threads.most).toBe({ 1: 256, 37: 256, 64: 256, 400: 1000 }[at]);
  }
});

test("at most 64 MB wait, however much is used at once; but one block is always made", async () => {
  const mega = 2 ** 20;
  for (const [pictureMb, most] of [
    [1, 64],
    [16, 4],
    [100, 1],
  ] as const) {
    const threads = { ...makers(), count: 1 };
    let waiting = 0;
    let highest = 0;
    const arrivals: (() => void)[] = [];
    threads.ask = (block, arrived) => {
      waiting += block.rows.length;
      highest = Math.max(highest, waiting);
      // Of memory that nobody touches.
      arrivals.push(() => {
        waiting -= block.rows.length;
        arrived(new Uint8Array(block.rows.length * pictureMb * mega));
      });
    };
    threads.change = async () => arrivals.shift()!();
    const large = { ...pixel, shape: [1024, 1024 * pictureMb, 1] };
    const stream = new PictureStream(threads, large, blocksOf(1, rows, repetitionsOf(rows), pictureMb * mega));
    await stream.fill(new Uint8Array(100 * mega), () => undefined);
    expect(highest).toBe(most);
  }
});

test("who waits is heard, and may end it", async () => {
  const data = augmented(images(), rotated);
  const stream = new PictureStream(threadsOf(data), source(data), blocksOf(1, data.rows, repetitionsOf(data.rows), 64));
  await expect(
    stream.fill(new Uint8Array(60 * 64), () => {
      throw new Error("stopped");
    }),
  ).rejects.toThrow("stopped");
});

const ask = async (threads: PictureThreads, { rows }: Examples): Promise<void> => {
  threads.ask({ epoch: 1, rows, repetitions: repetitionsOf(rows) }, () => undefined);
  await threads.change(60_000);
};

test("what goes wrong in a thread is told to who waits: a mistake as one, anything else with its place", async () => {
  const bytes = images();
  const data = { ...bytes, features: Float32Array.from(bytes.features, (byte) => byte / 255) };
  const beyond: Scaling = { method: "standard", offset: [0.4], divisor: [1e-40] };
  const failing = augmented(data, recipeOf(1, { rotate: { degrees: 30 } }), [beyond]);
  const error = await ask(threadsOf(failing), failing).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(MistakeError);
  expect((error as MistakeError).title).toBe("a feature beyond 32 bits");
  const unknown = augmented(bytes, { scale: 1, transforms: [{ type: "fold", probability: 1 }] });
  const bug = await ask(threadsOf(unknown), unknown).catch((each: unknown) => each);
  expect((bug as Error).message).toBe("hw1 bug in a thread");
  expect((bug as Error).stack).toMatch(/^Error: there is no transform `fold`\n\s+at /);
});

test("a thread that ends, or cannot start, fails who waits, and who asks again", async () => {
  const data = augmented(images(), rotated);
  entry.is = "data:text/javascript,process.exit(3)";
  const threads = threadsOf(data);
  await expect(ask(threads, data)).rejects.toThrow("A thread that makes pictures ended with exit code 3.");
  await expect(ask(threads, data)).rejects.toThrow("A thread that makes pictures ended with exit code 3.");
  entry.is = "data:text/javascript,throw new RangeError('too deep')";
  await expect(ask(threadsOf(data), data)).rejects.toThrow("too deep");
  entry.is = "data:text/javascript,await import('node:nothing')";
  await expect(ask(threadsOf(data), data)).rejects.toThrow("node:nothing");
});
