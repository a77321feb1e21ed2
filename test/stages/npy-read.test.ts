import { describe, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { bytesSource } from "../../src/stages/load-files.js";
import { headBytes, readNpyHeader } from "../../src/stages/npy-header.js";
import { literalOf } from "../../src/stages/npy-literal.js";
import { readNpy } from "../../src/stages/npy-read.js";
import { entryBytes, entryStart, zipEntries } from "../../src/stages/zip-read.js";
import { fixture, fixtures, headerOf, npyFile, npyOf, zipOf } from "../rig/npy-files.js";

const x = { path: "x.npy" };
/** What is said of a file that is refused. */
function told(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MistakeError) return `${error.title}: ${error.message}`;
    throw error;
  }
  return "";
}
const toldOf = (bytes: Uint8Array): string => told(() => readNpy(bytes, x));

describe("arrays that NumPy saved", () => {
  const numbers = Object.entries(fixtures).filter(([, { type }]) => type !== undefined);
  test("are there in every type, byte order, version and order of axes", () => {
    expect(numbers.length).toBe(37);
  });
  test.each(numbers)("%s", (name, { shape, type, numbers: wanted }) => {
    const array = readNpy(fixture(name), x);
    expect(array.shape).toEqual(shape);
    const numbers = [...array.values].map((value) => (typeof value === "bigint" ? String(value) : value));
    expect(numbers).toEqual(wanted);
    expect(array.code).toBe({ bool: "b1" }[type!] ?? `${type![0]}${Number(type!.replace(/\D/g, "")) / 8}`);
    const header = readNpyHeader(fixture(name).subarray(0, headBytes), fixture(name).length, x);
    expect([header.shape, header.code]).toEqual([array.shape, array.code]);
  });
  test("in 16 bits of floating point: every finite number of them", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const { values } = readNpy(npyFile(headerOf("<f2", [65536]), new Uint8Array(bits.buffer)), x);
    // Of neighbours, the larger bits of positive ones are the larger number, and the upper half are their negatives.
    const positive = values.subarray(0, 0x7c01);
    expect(positive.every((value, index) => index === 0 || value > positive[index - 1]!)).toBe(true);
    expect(positive.every((value, index) => Object.is(values[index + 0x8000], -value))).toBe(true);
    expect([values[0x3c00], values[0x7bff], values[1], values[0x7c00]]).toEqual([
      1,
      65504,
      2 ** -24,
      Number.POSITIVE_INFINITY,
    ]);
    expect(values.subarray(0x7c01, 0x8000).every((value) => Number.isNaN(value as number))).toBe(true);
  });
});

describe("arrays that are no numbers", () => {
  const saved = (instead: string): string => `Save numbers: \`np.save("x.npy", ${instead}, allow_pickle=False)\`.`;
  test.each([
    ["objects", `\`x.npy\` holds Python objects, which only Python can unpickle. ${saved('x.astype("float32")')}`],
    ["records", `\`x.npy\` holds records. ${saved('x["NAME"]')}`],
    ["void", `\`x.npy\` holds records. ${saved('x["NAME"]')}`],
    ["complex", `\`x.npy\` holds complex numbers. ${saved("np.stack([x.real, x.imag], axis=-1)")}`],
    ["texts", `\`x.npy\` holds texts. ${saved("np.unique(x, return_inverse=True)[1]")}`],
    ["bytes", `\`x.npy\` holds texts. ${saved('x.astype("float32")')}`],
    ["dates", `\`x.npy\` holds dates. ${saved('x.astype("int64")')}`],
    ["spans", `\`x.npy\` holds spans of time. ${saved('x.astype("int64")')}`],
  ])("%s", (name, message) => {
    expect(toldOf(fixture(name))).toBe(`not an array of numbers: ${message}`);
  });
  test("numbers of a type that is not read", () => {
    const types = "bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64";
    expect(toldOf(fixture("long double"))).toBe(
      `an unknown type of numbers: \`x.npy\` holds numbers of the type \`<f16\`; read are ${types}. ` +
        'Save one of them: `np.save("x.npy", x.astype("float32"), allow_pickle=False)`.',
    );
    expect(toldOf(npyFile(headerOf("<i3", [1]), 3))).toContain("of the type `<i3`");
  });
});

describe("files that were cut or lie", () => {
  test("every cut of a file is refused", () => {
    for (const name of ["version 1.0", "version 2.0", "version 3.0", "u1 little", "fortran big int64"]) {
      const whole = fixture(name);
      for (let length = 0; length < whole.length; length++) {
        const said = toldOf(whole.subarray(0, length));
        expect(said, `${name} ${length}`).toMatch(/^(truncated npy file|not an npy file): /);
        const start = whole.subarray(0, Math.min(length, headBytes));
        expect(told(() => readNpyHeader(start, length, x))).toBe(said);
      }
    }
  });
  test.each([
    [
      "bytes behind it",
      Buffer.concat([fixture("rank 1"), Buffer.alloc(4)]),
      "npy file too long: `x.npy` says float32 [5], which is 20 bytes, but 24 follow its header. It has bytes that " +
        "belong to nothing; of several arrays, save each into a file of its own.",
    ],
    [
      "a cut",
      fixture("rank 1").subarray(0, -3),
      "truncated npy file: `x.npy` says float32 [5], which is 20 bytes, but 17 follow its header. " +
        "Was it copied or downloaded completely?",
    ],
    [
      "a million million numbers",
      npyFile(headerOf("<f4", [1000000, 1000000]), 24),
      "truncated npy file: `x.npy` says float32 [1000000, 1000000], which is 4,000,000,000,000 bytes, but 24 follow " +
        "its header. Was it copied or downloaded completely?",
    ],
    [
      "more numbers than can be counted",
      npyFile(headerOf("<f8", [2 ** 40, 2 ** 40]), 24),
      "a header that cannot be: `x.npy` says float64 [1099511627776, 1099511627776], which is more than any file " +
        "holds. Was it written by NumPy, and copied completely?",
    ],
    ["more numbers than can be counted, times none", npyFile(headerOf("<f8", [2 ** 40, 2 ** 40, 0]), 0), ""],
    [
      "a length of many digits",
      npyFile(`{'descr': '<f8', 'fortran_order': False, 'shape': (${"9".repeat(400)},), }`, 8),
      "a header that cannot be: `x.npy` says float64 [Infinity], which is more than any file holds. " +
        "Was it written by NumPy, and copied completely?",
    ],
    [
      "a truth value of 2",
      npyOf("|b1", [3], [0, 2, 1]),
      "not a truth value: `x.npy` says that it holds truth values, which are 0 and 1, but 2 is among them. " +
        'If it holds numbers: `np.save("x.npy", x.view("uint8"), allow_pickle=False)`.',
    ],
    [
      "nothing in it",
      new Uint8Array(0),
      "not an npy file: `x.npy` is empty; an npy file begins with 93 4e 55 4d 50 59. " +
        'NumPy writes one by `np.save("x.npy", x, allow_pickle=False)`.',
    ],
    [
      "text",
      Buffer.from("x,y\n1,2\n"),
      "not an npy file: `x.npy` begins with 78 2c 79 0a 31 2c; an npy file begins with 93 4e 55 4d 50 59. " +
        'NumPy writes one by `np.save("x.npy", x, allow_pickle=False)`.',
    ],
    [
      "an npz",
      fixture("npz stored"),
      "not an npy file: `x.npy` is an archive, as npz files are. Name it as `file`, and its arrays by their names: " +
        "`{file: x.npy, features: NAME, labels: NAME}`.",
    ],
    [
      "another version",
      npyFile(headerOf("<f4", [1]), 4, [4, 0]),
      "an unknown version of npy: `x.npy` is an npy file of version 4.0; versions 1.0, 2.0 and 3.0 are read.",
    ],
  ])("%s", (_what, bytes, message) => {
    expect(toldOf(bytes)).toBe(message);
  });

  const dict = (text: string): string => toldOf(npyFile(text, 8));
  const broken = (why: string): string =>
    "broken npy header: The header of `x.npy` is not the one that NumPy writes, a dict of descr, fortran_order and " +
    `shape: ${why}. Save the array again: \`np.save("x.npy", x, allow_pickle=False)\`.`;
  test.each([
    ["[1, 2]", "it reads `[1, 2]`"],
    ["", "it reads ``"],
    ["__import__('os').system('true')", "it reads `__import__('os').system('true')`"],
    ["{'descr': '<f8', 'shape': (1,)}", "it reads `{'descr': '<f8', 'shape': (1,)}`"],
    [
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
      "it reads `{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'mor…`",
    ],
    [
      "{'descr': '<f8', 'descr': '<i8', 'fortran_order': False, 'shape': (1,)}",
      "it reads `{'descr': '<f8', 'descr': '<i8', 'fortran_order': False, 'sh…`",
    ],
    ["{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "`fortran_order` is neither True nor False"],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': [1]}", "`shape` is no tuple of lengths"],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (1)}", "`shape` is no tuple of lengths"],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "`shape` is no tuple of lengths"],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}", "`shape` is no tuple of lengths"],
    ["{'descr': 'f8', 'fortran_order': False, 'shape': (1,)}", "`f8` does not say in which order bytes lie"],
    ["{'descr': '=f8', 'fortran_order': False, 'shape': (1,)}", "`=f8` does not say in which order bytes lie"],
  ])("%s", (text, why) => {
    expect(dict(text)).toBe(broken(why));
  });
  test("a header without end", () => {
    expect(toldOf(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 127))).toBe(
      broken("it says that it has 2,147,483,647 bytes"),
    );
  });
});

test("literals are what Python would read, and nothing else is one", () => {
  expect(literalOf(" {'a': (1, 2,), \"b\": [True, None, -3], 'c': (4)} ")).toEqual({
    type: "dict",
    entries: [
      ["a", { type: "tuple", items: [1, 2] }],
      ["b", { type: "list", items: [true, null, -3] }],
      ["c", 4],
    ],
  });
  for (const text of [
    "",
    "1 2",
    "(1 2)",
    "{1}",
    "{'a' 1}",
    "'a",
    "(",
    ")",
    "[1,,2]",
    "1.5",
    "Truely",
    "0x1f",
    "[[".repeat(99),
    "{'a': }",
  ])
    expect(literalOf(text), text).toBeUndefined();
});

describe("archives that NumPy saved", () => {
  const archive = (name: string) => {
    const source = bytesSource(fixture(name));
    return { source, entries: zipEntries(source, "d.npz"), arrays: fixtures[name]!.arrays! };
  };
  test.each(["npz stored", "npz deflated"])("%s", (name) => {
    const { source, entries, arrays } = archive(name);
    expect(entries.map((entry) => entry.name)).toEqual(Object.keys(arrays).map((key) => `${key}.npy`));
    for (const entry of entries) {
      const { shape, numbers } = arrays[entry.name.replace(".npy", "")]!;
      const bytes = entryBytes(source, entry, "d.npz");
      const array = readNpy(bytes, { path: "d.npz", array: entry.name });
      expect([array.shape, Array.from(array.values, String)]).toEqual([shape, numbers.map(String)]);
      expect(entryStart(source, entry, "d.npz", 100)).toEqual(bytes.subarray(0, 100));
    }
  });
  test("with a comment behind them, and sizes in fields of 64 bits", () => {
    const rank1 = { name: "x.npy", bytes: fixture("rank 1") };
    for (const zip of [zipOf([rank1], { comment: "PK\x05\x06 made by hand" }), zipOf([{ ...rank1, isWide: true }])]) {
      const source = bytesSource(zip);
      const [entry] = zipEntries(source, "d.npz");
      expect(entryBytes(source, entry!, "d.npz")).toEqual(new Uint8Array(rank1.bytes));
    }
  });
});

describe("archives that were cut or lie", () => {
  const all = (zip: Uint8Array): string =>
    told(() => {
      const source = bytesSource(zip);
      for (const entry of zipEntries(source, "d.npz")) entryBytes(source, entry, "d.npz");
    });
  const rank1 = { name: "x.npy", bytes: fixture("rank 1") };
  const copied = "Was it copied or downloaded completely?";
  const contradicts = (why: string): string => `broken archive: \`d.npz\` contradicts itself: ${why}. ${copied}`;

  test("every cut of an archive is refused", () => {
    const whole = fixture("npz deflated");
    for (let length = 0; length < whole.length; length++)
      expect(all(whole.subarray(0, length)), String(length)).toMatch(/^(truncated archive|not an archive): /);
  });
  test.each([
    [
      "encrypted",
      zipOf([{ ...rank1, flags: 1 }]),
      "encrypted: `x.npy` in `d.npz` is encrypted; hw1 reads no such archives. " +
        'Save it anew: `np.savez("d.npz", …)`, or `np.savez_compressed`.',
    ],
    [
      "packed by bzip2",
      zipOf([{ ...rank1, method: 12 }]),
      "an unknown compression: `x.npy` in `d.npz` is packed by method 12; read are 0 (stored) and 8 (deflated). " +
        'Save it anew: `np.savez("d.npz", …)`, or `np.savez_compressed`.',
    ],
    [
      "another checksum",
      zipOf([{ ...rank1, crc: 1 }]),
      `broken archive: \`x.npy\` in \`d.npz\` is not what was packed: its checksum or its length is another. ${copied}`,
    ],
    [
      "another length",
      zipOf([{ ...rank1, method: 8, size: 147 }]),
      `broken archive: \`x.npy\` in \`d.npz\` is not what was packed: its checksum or its length is another. ${copied}`,
    ],
    ["two sizes", zipOf([{ ...rank1, size: 147 }]), contradicts("`x.npy` is stored, but has two sizes")],
    [
      "a bomb",
      zipOf([{ name: "x.npy", bytes: new Uint8Array(2 ** 27), method: 8 }]),
      "unpacks to too much: `x.npy` in `d.npz` has 127 KiB and unpacks to 128 MiB. The limit `gzip_ratio` is 300 times " +
        'its size, and `data_size` 2,147,483,648 bytes. If it is meant, save it unpacked: `np.savez("d.npz", …)`.',
    ],
    [
      "a bomb that says it is none",
      zipOf([{ name: "x.npy", bytes: new Uint8Array(2 ** 27), method: 8, size: 1000 }]),
      `broken archive: \`x.npy\` in \`d.npz\` is not what was packed: its checksum or its length is another. ${copied}`,
    ],
    [
      "bytes before it",
      Buffer.concat([Buffer.from("PK"), zipOf([rank1])]),
      contradicts("its directory is not where it says"),
    ],
    [
      "bytes behind it",
      Buffer.concat([zipOf([rank1]), Buffer.from("more")]),
      `truncated archive: \`d.npz\` begins as an archive (npz) but has no end of one. ${copied}`,
    ],
    [
      "more entries than there are",
      zipOf([rank1], { count: 2 }),
      contradicts("its directory lists 1, and its end says 2"),
    ],
    [
      "another name before the bytes",
      zipOf([{ ...rank1, localName: "y.npy" }]),
      contradicts("of `x.npy` the directory says something else than stands before the bytes"),
    ],
    [
      "bytes elsewhere",
      zipOf([{ ...rank1, at: 7 }]),
      contradicts("of `x.npy` the bytes are not where the directory says"),
    ],
    [
      "bytes that reach into the directory",
      zipOf([{ ...rank1, packed: 1000, size: 1000 }]),
      contradicts("of `x.npy` there are fewer bytes than the directory says"),
    ],
    [
      "one array",
      rank1.bytes,
      "not an archive: `d.npz` is one array (npy). Name it as `features` or `labels`, without `file`.",
    ],
    [
      "text",
      Buffer.from("x,y\n"),
      "not an archive: `d.npz` begins with 78 2c 79 0a; an archive of arrays (npz) begins with 50 4b. " +
        'NumPy writes one by `np.savez("d.npz", x=x, y=y)`.',
    ],
  ])("%s", (_what, zip, message) => {
    expect(all(zip)).toBe(message);
  });
});
