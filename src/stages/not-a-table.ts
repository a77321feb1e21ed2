/**
 * What a file is that was named as a CSV and is none, told from its first bytes, with what to do about it.
 *
 * Only what cannot be the start of a table of numbers is named: marks that are words (`PAR1`, `ORC`) count where a byte
 * follows that no text has.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";

interface Other {
  /** What it is, with its article. */
  readonly is: string;
  /** Does it begin so? `text` is the same as Latin-1. */
  readonly begins: (text: string, bytes: Uint8Array) => boolean;
  readonly instead: (path: string) => string;
}

const csvName = (path: string): string => `${path.replace(/^.*\//, "").replace(/\.[^.]*$/, "") || "table"}.csv`;
const saved = (where: string) => (): string => `Save it as CSV ${where}, and name that file.`;
const converted =
  (reader: string) =>
  (path: string): string =>
    `With Python's pandas: \`pandas.${reader}("${path}").to_csv("${csvName(path)}", index=False)\`; ` +
    "then name that file.";
const unpacked =
  (command: string) =>
  (path: string): string =>
    `Unpack it (\`${command} ${path}\`) and name the file inside; of packed files \`load\` reads gzip.`;
const marked =
  (...marks: readonly string[]) =>
  (text: string): boolean =>
    marks.some((mark) => text.startsWith(mark));
/** A mark of letters only, near which there are bytes that no text has. */
const wordMarked =
  (...marks: readonly string[]) =>
  (text: string): boolean =>
    marked(...marks)(text) && /[\x00-\x08\x0e-\x1f]/.test(text.slice(0, 64));
const image = saved("if it holds a table, or name images of one size as IDX files (`source: idx`)");

const others: readonly Other[] = [
  {
    is: "a spreadsheet (xlsx)",
    begins: (text) => text.startsWith("PK\x03\x04") && /^.{26,}(xl\/|\[Content_Types\]\.xml)/s.test(text.slice(0, 600)),
    instead: saved("in the program that wrote it"),
  },
  {
    is: "a spreadsheet (OpenDocument)",
    begins: (text) => text.startsWith("PK\x03\x04") && text.includes("opendocument.spreadsheet"),
    instead: saved("in the program that wrote it"),
  },
  {
    is: "an archive of NumPy arrays (npz)",
    begins: (text) => text.startsWith("PK\x03\x04") && /^.{30}[^\0]*\.npy/s.test(text.slice(0, 200)),
    instead: (path) =>
      `Read it with \`source: npy\`, such as \`train: {file: ${path}, features: NAME, labels: NAME}\`.`,
  },
  { is: "a ZIP archive", begins: marked("PK\x03\x04", "PK\x05\x06"), instead: unpacked("unzip") },
  {
    is: "a spreadsheet or another document of old Office (xls)",
    begins: marked("\xd0\xcf\x11\xe0"),
    instead: saved("in the program that wrote it"),
  },
  { is: "a Parquet file", begins: wordMarked("PAR1"), instead: converted("read_parquet") },
  { is: "an Arrow or Feather file", begins: wordMarked("ARROW1", "FEA1"), instead: converted("read_feather") },
  { is: "an ORC file", begins: wordMarked("ORC"), instead: converted("read_orc") },
  { is: "an Avro file", begins: marked("Obj\x01"), instead: saved("in the program that wrote it") },
  {
    is: "a NumPy array (npy)",
    begins: marked("\x93NUMPY"),
    instead: (path) =>
      `Read it with \`source: npy\`, such as \`train: {features: ${path}, labels: labels.npy}\`; or, with NumPy: ` +
      `\`numpy.savetxt("${csvName(path)}", numpy.load("${path}"), delimiter=",")\`, and name that file, with ` +
      "`header: false`.",
  },
  { is: "an HDF5 file", begins: marked("\x89HDF\r\n"), instead: converted("read_hdf") },
  { is: "a MATLAB file", begins: marked("MATLAB 5.0 MAT-file"), instead: saved("in MATLAB (`writematrix`)") },
  {
    is: "a Python pickle",
    begins: (text) => /^\x80[\x02-\x05][\x00-\xff]*[\x00-\x08\x0e-\x1f]/.test(text.slice(0, 64)),
    instead: converted("read_pickle"),
  },
  {
    is: "an SQLite database",
    begins: marked("SQLite format 3\0"),
    instead: (path) =>
      `With SQLite's own command: \`sqlite3 -header -csv ${path} "select * from TABLE" > ${csvName(path)}\`; ` +
      "then name that file.",
  },
  { is: "a PDF document", begins: marked("%PDF-"), instead: () => "Take the table from where the document has it." },
  { is: "a PNG image", begins: marked("\x89PNG\r\n"), instead: image },
  { is: "a JPEG image", begins: marked("\xff\xd8\xff"), instead: image },
  { is: "a GIF image", begins: marked("GIF87a", "GIF89a"), instead: image },
  { is: "a TIFF image", begins: marked("II*\0", "MM\0*"), instead: image },
  { is: "a bzip2 file", begins: (text) => /^BZh[1-9]1AY&SY/.test(text), instead: unpacked("bunzip2") },
  { is: "an xz file", begins: marked("\xfd7zXZ\0"), instead: unpacked("unxz") },
  { is: "a Zstandard file", begins: marked("\x28\xb5\x2f\xfd"), instead: unpacked("unzstd") },
  { is: "a 7z archive", begins: marked("7z\xbc\xaf\x27\x1c"), instead: unpacked("7z x") },
  { is: "a RAR archive", begins: marked("Rar!\x1a\x07"), instead: unpacked("unrar x") },
  { is: "a tar archive", begins: (text) => text.slice(257, 262) === "ustar", instead: unpacked("tar -xf") },
  {
    is: "an IDX file",
    begins: (_text, bytes) =>
      bytes[0] === 0 && bytes[1] === 0 && bytes[2]! >= 8 && bytes[2]! <= 14 && bytes[3]! >= 1 && bytes[3]! <= 4,
    instead: () => "Read it with `source: idx`, such as `train: {images: train-images.idx, labels: train-labels.idx}`.",
  },
  { is: "a program", begins: marked("\x7fELF", "MZ\x90\0"), instead: () => "Name the file with the table." },
  {
    is: "a pointer of Git LFS, and not the file itself",
    begins: marked("version https://git-lfs.github.com/spec/"),
    instead: () => "Fetch the file with `git lfs pull`.",
  },
  {
    is: "a web page or another text in HTML or XML",
    begins: (text) => /^\s*<(!doctype|!--|\?xml|html|head|body|table|svg|[a-z][\w:-]*[\s/>])/i.test(text),
    instead: () =>
      "Was the page saved instead of the file that it links to? Fetch that file, or save the table as CSV.",
  },
  { is: "JSON", begins: isJson, instead: converted("read_json") },
  {
    is: "text in UTF-16",
    begins: (text, bytes) => marked("\xff\xfe", "\xfe\xff")(text) || looksLikeUtf16(bytes),
    instead: () => "Save it as UTF-8.",
  },
  {
    is: "no text: it has bytes of zero",
    begins: (text) => text.includes("\0"),
    instead: () => "Name a file with a table in text, cells between delimiters.",
  },
];

/**
 * @param start  the first bytes of the file, some hundred where it has them. @throws MistakeError where it is no table
 * in text
 */
export function refuseOthers(path: string, start: Uint8Array): void {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, 4096))
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "");
  const found = others.find(({ begins }) => begins(text, start));
  if (!found) return;
  const isText16 = found.is.startsWith("text in UTF-16");
  const wanted = isText16 ? "" : "; `source: csv` reads tables in text";
  throw new MistakeError({
    title: isText16 ? "not UTF-8" : "not a table",
    message: `\`${path}\` is ${found.is}${wanted}. ${found.instead(path)}`,
  });
}

/** An object or a list whole, or what begins as no header could. */
function isJson(text: string): boolean {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return false;
  const isWhole = (part: string): boolean => {
    try {
      return typeof JSON.parse(part) === "object";
    } catch {
      return false;
    }
  };
  return /^(\{\s*"[^"]*"\s*:|\[\s*[[{])/.test(trimmed) || isWhole(trimmed) || isWhole(trimmed.split("\n", 1)[0]!);
}

/** Letters of western text in UTF-16 have a zero in every other byte. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length & ~1, 256);
  if (length < 4) return false;
  const zeros = [0, 0];
  for (let at = 0; at < length; at++) if (bytes[at] === 0) zeros[at % 2]!++;
  return Math.max(...zeros) > 0.7 * (length / 2) && Math.min(...zeros) < 0.1 * (length / 2);
}
