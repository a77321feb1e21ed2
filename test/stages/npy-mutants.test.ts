/**
 * Right npy and npz files with bytes changed, put in and left out: each is refused with a mistake that names the file,
 * or is read as what it says. Nothing crashes, and nothing is read that is not there.
 *
 * An npy has no checksum, so a changed number is another number. What is read is therefore compared with what the bytes
 * of that very file say, by a reader that shares no line with the one at hand; an npz has checksums, so what is read of
 * it is what was saved.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { bytesSource } from "../../src/stages/load-files.js";
import { headBytes, readNpyHeader } from "../../src/stages/npy-header.js";
import { type NpyArray, readNpy } from "../../src/stages/npy-read.js";
import { entryBytes, entryStart, zipEntries } from "../../src/stages/zip-read.js";
import { bytesChanged } from "../rig/mutants.js";
import { fixture, fixtures } from "../rig/npy-files.js";

const place = { path: "x.npy" };

/** Undefined where a mistake is told, which names the file. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MistakeError) || !/`[xd]\.np[yz]`/.test(error.message)) throw error;
    return undefined;
  }
}

/** The numbers of an npy by what its header says, one by one, in the order of their indices. */
function numbersByHeader(bytes: Buffer): { readonly shape: readonly number[]; readonly numbers: readonly string[] } {
  const isShort = bytes[6] === 1;
  const start = (isShort ? 10 : 12) + (isShort ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.subarray(isShort ? 10 : 12, start).toString(bytes[6] === 3 ? "utf8" : "latin1");
  const [, order, letter, digits] = /(?:'descr'|"descr")\s*:\s*(?:u|U)?['"]([<>=|]?)([a-z])(\d+)['"]/.exec(header)!;
  const [, lengths] = /(?:'shape'|"shape")\s*:\s*\(([^)]*)\)/.exec(header)!;
  const shape = [...lengths!.matchAll(/-?\d+/g)].map(([length]) => Number(length));
  const isFortran = /(?:'fortran_order'|"fortran_order")\s*:\s*True/.test(header);
  const size = shape.reduce((product, length) => product * length, 1);
  const width = Number(digits);
  const numbers = Array.from({ length: size }, (_, at) => {
    let [rest, lies, stride] = [at, 0, 1];
    const index = [...shape].reverse().map((length) => {
      const place = rest % length;
      rest = Math.floor(rest / length);
      return place;
    });
    if (isFortran)
      for (const [axis, place] of index.reverse().entries())
        [lies, stride] = [lies + place * stride, stride * shape[axis]!];
    else lies = at;
    return numberAt(bytes, start + lies * width, letter!, width, order === ">");
  });
  expect(bytes.length).toBe(start + size * width);
  return { shape, numbers };
}
function numberAt(bytes: Buffer, at: number, letter: string, width: number, isBig: boolean): string {
  const end = isBig ? "BE" : "LE";
  if (letter === "f" && width === 4) return String(bytes[`readFloat${end}`](at));
  if (letter === "f" && width === 8) return String(bytes[`readDouble${end}`](at));
  if (width === 8) return String(bytes[`readBig${letter === "u" ? "U" : ""}Int64${end}`](at));
  if (letter === "f") {
    const bits = bytes[`readUInt16${end}`](at);
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return String(fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY);
    return String(sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24));
  }
  if (letter === "i") return String(bytes[`readInt${end}`](at, width));
  return String(bytes[`readUInt${end}`](at, width));
}
const shown = ({ shape, values }: NpyArray) => ({ shape, numbers: [...values].map(String) });

const arrays = Object.keys(fixtures).filter((name) => fixtures[name]!.type !== undefined);
test("four thousand changed npy files are refused or read as what they say", () => {
  let [read, refused] = [0, 0];
  const files = fc.constantFrom(...arrays).chain((name) => bytesChanged(Buffer.from(fixture(name))));
  fc.assert(
    fc.property(files, (bytes) => {
      const array = attempt(() => readNpy(bytes, place));
      const header = attempt(() => readNpyHeader(bytes.subarray(0, headBytes), bytes.length, place));
      if (array) {
        read++;
        expect(shown(array)).toEqual(numbersByHeader(bytes));
        expect(header!.shape).toEqual(array.shape);
      } else refused++;
    }),
    { numRuns: 4000, seed: 14 },
  );
  expect(read).toBeGreaterThan(300);
  expect(refused).toBeGreaterThan(1000);
});

test("two thousand changed npz files are refused or hold what was saved", () => {
  const names = ["npz stored", "npz deflated"];
  const saved = new Map(
    names.flatMap((name) =>
      Object.entries(fixtures[name]!.arrays!).map(([key, { shape, numbers }]) => [
        `${key}.npy ${shape}`,
        numbers.map(String),
      ]),
    ),
  );
  let read = 0;
  const files = fc.constantFrom(...names).chain((name) => bytesChanged(Buffer.from(fixture(name))));
  fc.assert(
    fc.property(files, (bytes) => {
      const source = bytesSource(bytes);
      for (const entry of attempt(() => zipEntries(source, "d.npz")) ?? []) {
        const at = { path: "d.npz", array: entry.name.replace(".npy", "") };
        attempt(() => readNpyHeader(entryStart(source, entry, "d.npz", headBytes), entry.size, at));
        const array = attempt(() => readNpy(entryBytes(source, entry, "d.npz"), at));
        if (!array) continue;
        read++;
        const wanted = [...saved].filter(([key]) => key.endsWith(` ${array.shape}`));
        expect(wanted.map(([, numbers]) => numbers)).toContainEqual(shown(array).numbers);
      }
    }),
    { numRuns: 2000, seed: 15 },
  );
  expect(read).toBeGreaterThan(300);
});
