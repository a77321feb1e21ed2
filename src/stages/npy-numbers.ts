/**
 * Numbers of an array as data hold them: finite ones, 32 bits wide where their type has no more, and 64 else. A whole
 * number that a double cannot hold is refused, as nothing is rounded in silence.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { grouped } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { NamedArray } from "./npy-arrays.js";
import { placeText, savedAs } from "./npy-header.js";
import type { NpyArray } from "./npy-read.js";

export type Numbers = Float32Array | Float64Array;

/** @throws MistakeError for the first that is no finite number, or that a double or 32 bits cannot hold */
export function numbersIn({ values, shape }: NpyArray, from: NamedArray): Numbers {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return doublesOf(values, shape, from);
  if (values instanceof Float32Array || values instanceof Float64Array) {
    checkFinite(values, shape, from);
    return values;
  }
  const isWide = values instanceof Int32Array || values instanceof Uint32Array;
  return isWide ? new Float64Array(values) : new Float32Array(values);
}

function checkFinite(values: Numbers, shape: readonly number[], from: NamedArray): void {
  let [first, count] = [-1, 0];
  for (let at = 0; at < values.length; at++)
    if (!Number.isFinite(Math.fround(values[at]!))) {
      if (first < 0) first = at;
      count++;
    }
  if (first < 0) return;
  const value = values[first]!;
  const more = count > 1 ? `, and ${plural(count - 1, "more number", grouped(count - 1))} like it` : "";
  const where = `${placeText(from)} has ${value} at index [${indexOf(first, shape).join(", ")}]${more}`;
  if (Number.isFinite(value))
    throw new MistakeError({ title: "not a number", message: `${where}. It is too large for a 32-bit number.` });
  const x = from.option[1] === "labels" ? "y" : "x";
  throw new MistakeError({
    title: "not a finite number",
    message:
      `${where}, where finite numbers belong. To leave such examples out, with \`x\` and \`y\` for the two arrays: ` +
      `\`keep = np.isfinite(${x}).reshape(len(${x}), -1).all(axis=1)\`, then save \`x[keep]\` and \`y[keep]\`.`,
  });
}

function doublesOf(values: BigInt64Array | BigUint64Array, shape: readonly number[], from: NamedArray): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let at = 0; at < numbers.length; at++) {
    numbers[at] = Number(values[at]!);
    if (Number.isSafeInteger(numbers[at])) continue;
    throw new MistakeError({
      title: "a number of more than 53 bits",
      message:
        `${placeText(from)} has ${values[at]} at index [${indexOf(at, shape).join(", ")}]; whole numbers are exact ` +
        `up to 2^53. Subtract a constant, or round it knowingly: ${savedAs(from, 'x.astype("float64")')}.`,
    });
  }
  return numbers;
}

/** As Python writes it, each from 0. */
function indexOf(at: number, shape: readonly number[]): readonly number[] {
  let rest = at;
  return [...shape]
    .reverse()
    .map((length) => {
      const index = rest % length;
      rest = (rest - index) / length;
      return index;
    })
    .reverse();
}
