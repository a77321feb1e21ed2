/**
 * Ids of examples (`RowsInfo.id`), told apart by the keys at which a name reads them: `CUT.train`, and of the fold 2 of
 * an outer fold 1 `CUT@2|outer=1.train`.
 *
 * What is left out of an id is that of the element at hand, which is one for all that is compared there.
 */
export interface KeysOfRows {
  /** Which of the parts it is that its own cut made: the fold of a `fold`. Absent where no name says it. */
  readonly own?: string | undefined;
  /** Keys of what the cut itself runs over, where a name says them. */
  readonly around: ReadonlyMap<string, string>;
}
interface RowsId extends KeysOfRows {
  readonly cut: string;
  /** `train`; empty where it is no part. */
  readonly part: string;
}

/** The same examples with more keys; those that they have already stand. */
export function withKeys(id: string, { own, around }: KeysOfRows): string {
  if (own === undefined && around.size === 0) return id;
  const known = read(id);
  const all = [...new Map([...around, ...known.around])].sort(([a], [b]) => (a < b ? -1 : 1));
  const keys = `${coded(known.own ?? own ?? "")}|${all.map(([axis, key]) => `${axis}=${coded(key)}`).join(",")}`;
  return `${known.cut}@${keys}${known.part === "" ? "" : `.${known.part}`}`;
}

/** An id of a cut that was made several times anew, into as many parts each time. */
export const withRepeats = (id: string, parts: number): string => `${id}*${parts}`;

/** Whether two ids, which differ, are of parts that have no examples in common. */
export function areApart(one: string, two: string): boolean {
  const [a, b] = [read(one), read(two)];
  if (a.cut !== b.cut || withKeys("", { around: a.around }) !== withKeys("", { around: b.around })) return false;
  if (a.own === b.own) return a.part !== b.part;
  // What one fold holds out no other does, but those of another repetition; what trains there is nearly all of the
  // others.
  if (a.own === undefined || b.own === undefined || a.part !== "validation" || b.part !== "validation") return false;
  const [, parts] = a.cut.split("*");
  return parts === undefined || repetitionOf(a.own, Number(parts)) === repetitionOf(b.own, Number(parts));
}
const repetitionOf = (key: string, parts: number): number => Math.floor((Number(key) - 1) / parts);
/** Whether two ids are of one cut, at whatever keys. */
export const areOfOneCut = (one: string, two: string): boolean => read(one).cut === read(two).cut;

function read(id: string): RowsId {
  const dot = id.lastIndexOf(".");
  const [whole, part] = dot < 0 ? [id, ""] : [id.slice(0, dot), id.slice(dot + 1)];
  const at = whole.indexOf("@");
  if (at < 0) return { cut: whole, part, around: new Map() };
  const [own = "", around = ""] = whole.slice(at + 1).split("|");
  const pairs = around === "" ? [] : around.split(",").map((pair) => pair.split("=") as [string, string]);
  return {
    cut: whole.slice(0, at),
    part,
    around: new Map(pairs.map(([axis, key]) => [axis, decodeURIComponent(key)])),
    ...(own === "" ? {} : { own: decodeURIComponent(own) }),
  };
}
/** Without the signs that part an id, the dot among them. */
const coded = (key: string): string => encodeURIComponent(key).replaceAll(".", "%2E");
