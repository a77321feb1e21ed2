/**
 * Why a figure cannot be drawn from what it is given: as far as check time knows, and again where it is drawn, since
 * elements may be none.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { Axis } from "../pipeline/scope.js";
import { listed } from "../util/words.js";
import { type PortType, withArticle } from "../values/output.js";
import { checkAxis } from "./figure-axis.js";
import {
  type FigureDeclaration,
  type FigureOptions,
  type FigureSource,
  hasLabels,
  type Item,
} from "./figure-declaration.js";
import { figures } from "./figures.js";

type Context = CheckContext<FigureOptions>;

/** What check time can say against a figure of these inputs: first of it as a whole, else of its parts. */
export const misfits = (figure: FigureDeclaration, context: Context): readonly Mistake[] =>
  // Of a single name there is no place in a list.
  misfitsIn(figure, context).map((mistake) =>
    mistake.at?.[0] === "from" && !Array.isArray(context.options.from) ? { ...mistake, at: ["from"] } : mistake,
  );

function misfitsIn(figure: FigureDeclaration, context: Context): readonly Mistake[] {
  const ofPlaces = misplaced(figure, context);
  if (ofPlaces.length > 0) return ofPlaces;
  const ofFigure = ofSources(figure, context) ?? ofSourcesTogether(figure, context) ?? ofMissing(figure, context);
  return ofFigure ? [ofFigure] : ofParts(figure, context);
}

const namesIn = ({ from }: FigureOptions): readonly string[] => (from === undefined ? [] : [from].flat());
/** A single name is in `inputs` too, and only there while lists are not gathered. */
const portsOf = ({ inputs, lists }: Pick<Context, "inputs" | "lists">): readonly (PortInfo | undefined)[] =>
  lists.from ?? (inputs.from ? [inputs.from] : []);

/**
 * Every name out of place, where places decide and there are as many as there should be; where none has a place
 * anywhere, the figure is another one, and that is one mistake.
 */
function misplaced(figure: FigureDeclaration, { options, lists }: Context): readonly Mistake[] {
  if (!figure.from?.order || namesIn(options).length !== figure.from.order.length) return [];
  const ports = lists.from ?? [];
  const found = ports.flatMap((port, index) => ofType(figure, port, index) ?? []);
  const hasPlace = ports.some((port) => !port || figure.from!.accepts.includes(port.type));
  return hasPlace ? found : found.slice(0, 1);
}

function ofType(figure: FigureDeclaration, port: PortInfo | undefined, index: number): Mistake | undefined {
  // Of a name too many nothing is said but that.
  const isBeyond = figure.from?.order !== undefined && index >= figure.from.order.length;
  if (!port || isBeyond || fits(figure, port.type, index)) return undefined;
  return {
    title: "figure does not fit its input",
    message: wrongInput(figure, port, index),
    at: ["from", index],
    label: withArticle(port.type),
  };
}
const fits = ({ from }: FigureDeclaration, type: PortType, index: number): boolean =>
  from?.order ? from.order[index] === type : from?.accepts.includes(type) === true;

/** Something that is wrong with a name in `from`, or with their number. */
function ofSources(figure: FigureDeclaration, context: Context): Mistake | undefined {
  const { from } = figure;
  if (!from) return undefined;
  const { options } = context;
  const names = namesIn(options);
  const ports = portsOf(context);
  if (options.from === undefined)
    return {
      title: "nothing to draw from",
      message: `\`${figure.name}\` is drawn from ${wanted(from.accepts)}. Let \`from\` name ${from.source}.`,
    };
  for (const [index, port] of ports.entries()) {
    const misfit = ofType(figure, port, index);
    if (misfit) return misfit;
  }
  if (from.order && names.length !== from.order.length)
    return {
      title: "figure does not fit its input",
      message:
        `\`${figure.name}\` is drawn from ${from.order.length} names in this order: ` +
        `${from.order.map(withArticle).join(", then ")}. Let \`from\` name ${from.source}.`,
      at: ["from"],
    };
  if (!from.many && names.length > 1)
    return {
      ...severalGiven,
      message: oneName(figure, names.length, knownSources(context)),
      at: ["from"],
      label: `${names.length} names`,
    };
  return ofSource(figure, context);
}

function ofSource(figure: FigureDeclaration, context: Context): Mistake | undefined {
  for (const [index, port] of portsOf(context).entries()) {
    if (!port) continue;
    const at = ["from", index];
    const problem = figure.problem?.(port);
    if (problem) return { ...problem, at };
    const axes = context.scopes?.from?.[index]?.gathered ?? [];
    const count = axes.reduce((product, axis) => product * axis.keys.length, 1);
    if (!figure.from!.many && count > 1)
      return {
        ...severalGiven,
        message: oneOfElements(figure, count, knownSources(context), axes),
        at,
        label: `${count} elements`,
      };
  }
  return undefined;
}

/** Sources of which something is known. */
const knownSources = (context: Context): readonly FigureSource[] =>
  portsOf(context).flatMap((port, index) => (port ? [{ port, scope: context.scopes?.from?.[index] }] : []));

function ofSourcesTogether(figure: FigureDeclaration, context: Context): Mistake | undefined {
  const known = knownSources(context);
  if (!figure.from || known.length !== namesIn(context.options).length) return undefined;
  return figure.together?.(known, context.inputs, context.options);
}

function ofMissing({ inputs = {} }: FigureDeclaration, { options }: Context): Mistake | undefined {
  return Object.entries(inputs).find(([option, { missing }]) => missing && options[option] === undefined)?.[1].missing;
}

/** Something that is wrong with what stands beside `from`. */
function ofParts(figure: FigureDeclaration, context: Context): readonly Mistake[] {
  const { options, inputs } = context;
  const found: Mistake[] = [];
  const names = namesIn(options);
  if (hasLabels(figure) && options.labels && names.length > 0 && options.labels.length !== names.length)
    found.push({
      title: "labels do not match",
      message:
        `\`labels\` has ${options.labels.length}, but \`from\` names ${names.length}. ` +
        "Give one label for each name.",
      at: ["labels"],
    });
  const ofInputs = Object.entries(figure.inputs ?? {}).flatMap(([option, { problem }]): readonly Mistake[] => {
    const port = inputs[option];
    const misfit = port && problem?.(port);
    return misfit ? [{ ...misfit, at: [option] }] : [];
  });
  found.push(...ofInputs);
  if (figure.sharesAxis && ofInputs.length === 0)
    checkAxis(portsOf(context), inputs.data, Array.isArray(options.from), (mistake) => found.push(mistake));
  return found;
}

/** What is said of options that stand beside a figure which does not read them, though others do. */
export function unread(
  figure: string,
  options: readonly string[],
  readers: readonly string[],
): Pick<Mistake, "title" | "message"> {
  const all = inList(options);
  if (options.includes("from"))
    return { title: "nothing to read", message: `\`${figure}\` reads no stage. Leave out ${all}.` };
  const way = options.length > 1 ? "Leave them out." : `Leave it out; it is for ${inList(readers)}.`;
  return { title: "option is not read", message: `\`${figure}\` does not read ${all}. ${way}` };
}
const inList = (words: readonly string[]): string => listed(words.map((word) => `\`${word}\``));

/** @throws MistakeError where what `from` gives is not what the figure is drawn from */
export function checkItems(figure: FigureDeclaration, items: readonly Item[]): void {
  const { name, from } = figure;
  if (!from) return;
  for (const item of items)
    if (!fits(figure, item.value.type, item.source))
      throw new MistakeError({
        title: "figure does not fit its input",
        message: wrongInput(figure, sourceOf(item).port, item.source),
        at: ["from"],
      });
  if (items.length === 0)
    throw new MistakeError({
      title: "nothing to draw from",
      message: `\`from\` gives nothing: \`${name}\` is drawn from ${wanted(from.accepts)}.`,
      at: ["from"],
    });
  if (from.many || items.length === 1) return;
  const inWords = items.some(({ element }) => element !== null) ? oneOfElements : oneName;
  throw new MistakeError({
    title: severalGiven.title,
    message: inWords(figure, items.length, items.map(sourceOf)),
    at: ["from"],
  });
}

/** What a result says of itself that its port would. */
const sourceOf = ({ value }: Item): FigureSource => ({
  port: { type: value.type, ...(value.data as Omit<Partial<PortInfo>, "type">) },
  scope: undefined,
});

function wrongInput({ name, from }: FigureDeclaration, port: PortInfo, index: number): string {
  const { order, accepts, source } = from!;
  const got = port.type;
  const fitting = figures
    .filter((other) => other.from?.accepts.includes(got) && !other.problem?.(port))
    .map((other) => `\`${other.name}\``);
  const others = fitting.length === 0 ? "" : ` Figures of ${withArticle(got)}: ${fitting.join(", ")}.`;
  const needed = order?.[index] ? `${withArticle(order[index])} in place ${index + 1} of \`from\`` : wanted(accepts);
  return `\`${name}\` is drawn from ${needed}, but this is ${withArticle(got)}. Let \`from\` name ${source}.${others}`;
}

const severalGiven = { title: "one input wanted, several given" };
const oneWanted = ({ name, from }: FigureDeclaration, count: number): string =>
  `\`${name}\` draws one ${from!.accepts[0]!}, but \`from\` gives ${count}. `;
const oneName = (figure: FigureDeclaration, count: number, sources: readonly FigureSource[]): string =>
  `${oneWanted(figure, count)}Name one${orSeveral(figure, sources)}.`;
/** Axes are known while checking only. */
function oneOfElements(
  figure: FigureDeclaration,
  count: number,
  sources: readonly FigureSource[],
  axes?: readonly Axis[],
): string {
  const names = axes?.map(({ stage }) => stage) ?? [];
  const way = axes
    ? `Add \`each: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}\``
    : "Let this stage run under the same `each`";
  return `${oneWanted(figure, count)}${way}, so that it draws one for each element${orSeveral(figure, sources)}.`;
}
/** Figures of several that could draw the same. */
function orSeveral(figure: FigureDeclaration, sources: readonly FigureSource[]): string {
  if (sources.length === 0) return "";
  const several = figures.filter(
    (other) =>
      hasLabels(other) &&
      other.from!.accepts.includes(figure.from!.accepts[0]!) &&
      !Object.values(other.inputs ?? {}).some(({ missing }) => missing) &&
      !sources.some(({ port }) => other.problem?.(port)) &&
      !other.together?.(sources, {}, { figure: other.name }),
  );
  if (several.length === 0) return "";
  return `, or use a figure of several: ${several.map(({ name }) => `\`${name}\``).join(", ")}`;
}

const wanted = (types: readonly PortType[]): string => types.map(withArticle).join(" or ");
