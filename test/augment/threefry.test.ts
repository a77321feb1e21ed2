/** Known answers of Random123's `kat_vectors`: zeros, ones, and the digits of pi. */
import { expect, test } from "vitest";
import { threefry } from "../../src/augment/threefry.js";

const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
const morePi = [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89];
const words = (text: string): number[] => text.split(" ").map((word) => Number.parseInt(word, 16));

test.each([
  ["zeros", [0, 0, 0, 0], [0, 0, 0, 0], words("9c6ca96a e17eae66 fc10ecd4 5256a7d8")],
  ["ones", [-1, -1, -1, -1], [-1, -1, -1, -1], words("2a881696 57012287 f6c7446e a16a6732")],
  ["digits of pi", pi, morePi, words("59cd1dbb b8879579 86b5d00c ac8b6d84")],
])("Threefry-4x32-20 gives the known answer for %s", (_name, counter, key, answer) => {
  const into = new Int32Array(4);
  threefry(Int32Array.from(key), Int32Array.from(counter), into);
  expect([...new Uint32Array(into.buffer)]).toEqual(answer);
});
