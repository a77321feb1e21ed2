/**
 * Rows of numbers with the same members, such as the epochs of a training, as bytes: the exact numbers, in a seventh of
 * the room of their JSON.
 *
 *   <canonical JSON: count, columns, same, counted, absent>\n
 *   <spaces up to a multiple of 8 bytes>
 *   <float64, little-endian: one column after the other>
 *
 * Members of members have a name with a dot. A column whose numbers are all the same, bit for bit, is said once
 * (`same`; but for −0, which canonical JSON has no word for), and one that counts rows from 1 is named (`counted`);
 * rows that lack a member that others have are listed (`absent`), and hold NaN there. Every NaN has the same bits. So
 * the same rows are always the same bytes, whatever the order of their members.
 */
import { canonical, parseCanonical } from "../util/json.js";

interface Head {
  readonly count: number;
  /** Of the numbers that follow, in order. */
  readonly columns: readonly string[];
  readonly same: Readonly<Record<string, number>>;
  readonly counted: readonly string[];
  /** By column: from 0. */
  readonly absent: Readonly<Record<string, readonly number[]>>;
}
/** A row: numbers, and members that hold numbers. */
type Row = { readonly [member: string]: number | { readonly [member: string]: number } };

/** Arithmetic may leave other bits, of which JavaScript sees nothing. */
const nanBits = 0x7ff8000000000000n;

export function columnBytes(rows: readonly Row[]): Uint8Array {
  const all = columnsOf(rows);
  const names = [...all.keys()].sort();
  const same: Record<string, number> = {};
  const counted: string[] = [];
  const columns: string[] = [];
  const absent: Record<string, number[]> = {};
  for (const name of names) {
    const { values, lacking } = all.get(name)!;
    if (lacking.length > 0) absent[name] = lacking;
    if (values.every((value, at) => value === at + 1)) counted.push(name);
    else if (values.every((value) => Object.is(value, values[0])) && !Object.is(values[0], -0)) same[name] = values[0]!;
    else columns.push(name);
  }
  const count = rows.length;
  const head = canonical({ count, columns, same, counted, absent } satisfies Head);
  const start = new TextEncoder().encode(`${head}\n`);
  const from = eighths(start.length);
  const bytes = new Uint8Array(from + columns.length * count * 8).fill(" ".charCodeAt(0));
  bytes.set(start);
  const numbers = new Float64Array(bytes.buffer, from);
  for (const [at, name] of columns.entries()) numbers.set(all.get(name)!.values, at * count);
  const bits = new BigUint64Array(bytes.buffer, from);
  for (let at = 0; at < numbers.length; at++) if (Number.isNaN(numbers[at]!)) bits[at] = nanBits;
  return bytes;
}

function headIn(bytes: Uint8Array): { readonly head: Head; readonly numbers: Float64Array } {
  const end = bytes.indexOf("\n".charCodeAt(0));
  // The text is one that `columnBytes` made.
  const head = parseCanonical(new TextDecoder().decode(bytes.subarray(0, end))) as unknown as Head;
  // A `Buffer` is a window of another one, and its `slice` is, too.
  const [from, to] = [bytes.byteOffset + eighths(end + 1), bytes.byteOffset + bytes.byteLength];
  return { head, numbers: new Float64Array(bytes.buffer.slice(from, to)) };
}

/** Columns of the rows, without the rows: who reads thousands of histories needs a few numbers of each. */
export interface Columns {
  readonly count: number;
  /** One number for each row; null where no row has such a member. */
  values(name: string): Float64Array | null;
  /** Whether that row has it. */
  has(name: string, row: number): boolean;
}
export function columnsIn(bytes: Uint8Array): Columns {
  const { head, numbers } = headIn(bytes);
  const { count } = head;
  const lacking = new Map(Object.entries(head.absent).map(([name, rows]) => [name, new Set(rows)]));
  return {
    count,
    values(name) {
      const column = head.columns.indexOf(name);
      if (column >= 0) return numbers.subarray(column * count, (column + 1) * count);
      if (head.counted.includes(name)) return Float64Array.from({ length: count }, (_, at) => at + 1);
      return Object.hasOwn(head.same, name) ? new Float64Array(count).fill(head.same[name]!) : null;
    },
    has: (name, row) => !lacking.get(name)?.has(row),
  };
}

/** The rows that `columnBytes` was given. */
export function rowsIn(bytes: Uint8Array): readonly Row[] {
  const { head, numbers } = headIn(bytes);
  const { count } = head;
  const rows: Record<string, number | Record<string, number>>[] = Array.from({ length: count }, () => ({}));
  const put = (name: string, valueAt: (row: number) => number): void => {
    const lacking = new Set(head.absent[name]);
    const [member, inner] = name.split(".") as [string, string?];
    for (let at = 0; at < count; at++) {
      if (lacking.size > 0 && lacking.has(at)) continue;
      const row = rows[at]!;
      if (inner === undefined) {
        row[member] = valueAt(at);
        continue;
      }
      row[member] ??= {};
      // Only members that hold numbers have a name with a dot.
      (row[member] as Record<string, number>)[inner] = valueAt(at);
    }
  };
  for (const name of head.counted) put(name, (at) => at + 1);
  for (const [name, value] of Object.entries(head.same)) put(name, () => value);
  for (const [column, name] of head.columns.entries()) put(name, (at) => numbers[column * count + at]!);
  return rows;
}

interface Column {
  readonly values: Float64Array;
  readonly lacking: number[];
}
function columnsOf(rows: readonly Row[]): ReadonlyMap<string, Column> {
  const columns = new Map<string, Float64Array>();
  const has = new Map<string, Uint8Array>();
  const put = (name: string, at: number, value: number): void => {
    if (!columns.has(name)) {
      columns.set(name, new Float64Array(rows.length).fill(Number.NaN));
      has.set(name, new Uint8Array(rows.length));
    }
    columns.get(name)![at] = value;
    has.get(name)![at] = 1;
  };
  for (const [at, row] of rows.entries())
    for (const [name, value] of Object.entries(row))
      if (typeof value === "number") put(name, at, value);
      // An optional score that is not there may be spelled out.
      else for (const [inner, number] of Object.entries(value ?? {})) put(`${name}.${inner}`, at, number);
  return new Map(
    [...columns].map(([name, values]) => {
      const lacking = [...has.get(name)!].flatMap((there, at) => (there === 0 ? [at] : []));
      return [name, { values, lacking }];
    }),
  );
}

const eighths = (bytes: number): number => Math.ceil(bytes / 8) * 8;
