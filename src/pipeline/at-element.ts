/**
 * What check time knows of one element that a name picks (`net/3`): as of any element, with its examples told apart
 * from those of others, because what is compared then need not stand at one element.
 */
import { axesOf, type Stage } from "./pipeline.js";
import type { PortInfo, RowsInfo } from "./port-info.js";
import { redrawnBehind } from "./redrawn.js";
import { withKeys } from "./rows-id.js";
import type { Element } from "./scope.js";

type Rename = (id: string) => string;

/** One object for all who read the same element: an evaluation's model is known by it. */
export function infoAt(source: Stage, output: string, info: PortInfo, at: Element): PortInfo {
  if (at.size === 0) return info;
  const axes = axesOf(source, output).filter((axis) => at.has(axis.stage));
  const redrawn = axes.map((axis) => ({ axis: axis.stage, ids: redrawnBehind(source, [axis]) }));
  const rename: Rename = (id) => {
    const found = redrawn.filter(({ ids }) => ids.has(id));
    const own = found.find(({ ids }) => ids.get(id));
    const around = found.filter((each) => each !== own).map(({ axis }) => [axis, at.get(axis)!] as const);
    return withKeys(id, { own: own && at.get(own.axis), around: new Map(around) });
  };
  return renamed(info, axes.map(({ stage }) => `${stage}=${at.get(stage)}`).join(), rename);
}

const known = new WeakMap<PortInfo, Map<string, PortInfo>>();
function renamed(info: PortInfo, element: string, rename: Rename): PortInfo {
  const others = known.get(info) ?? new Map<string, PortInfo>();
  known.set(info, others);
  const found = others.get(element);
  if (found) return found;
  const rowsOf = <R extends RowsInfo | undefined>(rows: R): R =>
    rows ? { ...rows, ...renamedRows(rows, rename) } : rows;
  const portOf = (port: PortInfo): PortInfo => renamed(port, element, rename);
  const { rows, learned, judgedBy, normalization, model, ensemble, search } = info;
  const other: PortInfo = {
    ...info,
    ...(rows ? { rows: rowsOf(rows) } : {}),
    ...(learned ? { learned: learned.map((one) => ({ ...one, rows: rowsOf(one.rows) })) } : {}),
    ...(judgedBy ? { judgedBy: { ...judgedBy, rows: rowsOf(judgedBy.rows) } } : {}),
    ...(normalization ? { normalization: normalization.map((step) => ({ ...step, of: rowsOf(step.of) })) } : {}),
    ...(model ? { model: portOf(model) } : {}),
    ...(ensemble ? { ensemble: { ...ensemble, members: ensemble.members.map(portOf) } } : {}),
    ...(search ? { search: { ...search, judges: rowsOf(search.judges) } } : {}),
  };
  others.set(element, other);
  return other;
}

function renamedRows({ id, order, within, parts, merged }: RowsInfo, rename: Rename): RowsInfo {
  const all = (rows: readonly RowsInfo[]): readonly RowsInfo[] =>
    rows.map((each) => ({ ...each, ...renamedRows(each, rename) }));
  return {
    id: rename(id),
    within: within.map(rename),
    ...(order === undefined ? {} : { order: rename(order) }),
    ...(parts ? { parts: all(parts) } : {}),
    ...(merged ? { merged: all(merged) } : {}),
  };
}
