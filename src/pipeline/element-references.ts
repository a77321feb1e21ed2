/**
 * `net/3`, `net/2/1.model`, `coarse.net/2-16-elu-0.01`: one element of a fan-out, named where a stage reads another.
 *
 * Behind the stage stand keys of what it runs over, outermost first; those that are left out are open, and the reader
 * runs over them or gathers them, as if the stage ran over nothing else. A search's own elements come first; the keys
 * behind them are those of a trial and of what it runs over. Keys may hold dots, and what stands behind the last one is
 * an output: where all of it is keys it is taken for that, and where both can be meant neither is.
 */
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { listed, plural } from "../util/words.js";
import { axesOf, type Search, type Stage, trialOf } from "./pipeline.js";
import type { ElementReference, Reference } from "./references.js";
import { type Axis, type Element, nothing } from "./scope.js";

/** What a name reads: of a search it may be a stage of a trial. */
export interface Named {
  readonly source: Stage;
  /** As written; empty where it is left open. */
  readonly output: string;
  readonly at: Element;
  /** Without the output: `net/3`. */
  readonly name: string;
}
interface Unnamed {
  readonly title: string;
  readonly message: string;
  /** One mistake, wherever it shows: a stage that runs over nothing has none of the elements that several ask for. */
  readonly about?: string;
}
export const isNamed = (found: Named | Unnamed): found is Named => "source" in found;

/**
 * @param source  the stage that the reference names
 * @param base    what a trial's stages run over whatever they say: a trial reads its own stages at its own element
 */
export function namedBy(source: Stage, { stage, output, element }: Reference, base: readonly Axis[]): Named | Unnamed {
  if (!element) return { source, output, at: nothing, name: stage };
  if (source.search) return inSearch(source, source.search, element);
  if (element.part !== "") return elementLast(stage, element);
  const isLocal = source.name !== stage;
  const axes = [...source.scope, ...(source.offers?.of === "folds" ? [source.offers] : [])].filter(
    (axis) => !isLocal || !base.some((own) => own.stage === axis.stage),
  );
  return keysIn({ source, name: stage, axes }, element);
}

/** Where the keys of a name stand. */
interface Place {
  readonly source: Stage;
  /** In front of the slash. */
  readonly name: string;
  /** What the keys are of, outermost first. */
  readonly axes: readonly Axis[];
}

function keysIn({ source, name, axes }: Place, element: ElementReference): Named | Unnamed {
  const { path, text } = element;
  const dot = path.lastIndexOf(".");
  const [head, tail] = dot < 0 ? [path, ""] : [path.slice(0, dot), path.slice(dot + 1)];
  const [whole, part] = [elementAt(axes, path), dot < 0 ? undefined : elementAt(axes, head)];
  if (whole && part && tail in source.outputs)
    return {
      title: "which element",
      message:
        `\`${text}\` may be the element \`${path}\` of \`${name}\`, or \`${tail}\` of its element \`${head}\`. ` +
        `Write \`${name}/${path}.${tail}\` for the one, and \`${name}/${head}\` for the other.`,
    };
  if (whole) return { source, output: "", at: whole, name: `${name}/${path}` };
  if (part && tail !== "") return { source, output: tail, at: part, name: `${name}/${head}` };
  // What looks like an output is none of the key that is told.
  return noElement(source, name, axes, /^[a-z_]\w*$/i.test(tail) ? head : path, text);
}

/** Undefined where one of the keys is none. */
function elementAt(axes: readonly Axis[], path: string): Element | undefined {
  const keys = path.split("/");
  const isThere = keys.length <= axes.length && keys.every((key, level) => keysOf(axes[level]!).has(key));
  return isThere ? new Map(keys.map((key, level) => [axes[level]!.stage, key])) : undefined;
}
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
function keysOf({ keys }: Axis): ReadonlySet<string> {
  const found = sets.get(keys) ?? new Set(keys);
  sets.set(keys, found);
  return found;
}

function noElement(source: Stage, name: string, axes: readonly Axis[], path: string, text: string): Unnamed {
  const keys = path.split("/");
  const title = "no such element";
  if (axes.length === 0) return { title, message: runsOnce(source, name, path), about: `${title} ${source.name}` };
  const empty = keys.indexOf("");
  if (empty >= 0 && empty < axes.length) {
    const above = [name, ...keys.slice(0, empty)].join("/");
    return {
      title: "an empty key",
      message:
        `\`${text}\` names no element: behind \`${above}/\` a key of \`${axes[empty]!.stage}\` is missing.` +
        `\n\n${elementsOf(above, axes[empty]!)}`,
    };
  }
  const level = keys.findIndex((key, at) => at < axes.length && !keysOf(axes[at]!).has(key));
  if (level < 0)
    return {
      title: "too many keys",
      message:
        `\`${name}/${path}\` has ${plural(keys.length, "key")}, but \`${name}\` runs over ` +
        `${listed(axes.map((axis) => `\`${axis.stage}\``))}${axes.length === 1 ? " alone" : ""}. ` +
        `Name \`${[name, ...keys.slice(0, axes.length)].join("/")}\`.`,
    };
  const axis = axes[level]!;
  const above = [name, ...keys.slice(0, level)].join("/");
  const near = suggestion(keys[level]!, axis.keys).replace(/`(.*)`/, (_, key: string) => `\`${above}/${key}\``);
  return {
    title,
    message: `\`${above}\` has no element \`${keys[level]!}\`.${near}\n\n${elementsOf(above, axis)}`,
  };
}
const mostTold = 10;
const elementsOf = (above: string, { keys }: Axis): string =>
  `Elements of \`${above}\`: ${namesInWords(
    keys.map((key) => `${above}/${key}`),
    mostTold,
  )}`;

function runsOnce({ offers, inputs }: Stage, name: string, path: string): string {
  const once = `\`${name}\` runs once, so it has no element \`${path}\`. `;
  const orEach = inputs.length > 0 ? `; or say in \`${name}\` what it runs over, with \`each\`` : "";
  return offers
    ? `${once}Its elements are those of stages with \`each: ${name}\`, and of these one is read as \`STAGE/${path}\`.`
    : `${once}Name it alone: \`${name}\`${orEach}.`;
}

const elementLast = (stage: string, { part, path }: ElementReference): Unnamed => ({
  title: "the output before the element",
  message: `The element stands behind the stage, and the output behind the element: \`${stage}/${path}.${part}\`.`,
});

/** One of a search's own elements, or a stage of one of its trials. */
function inSearch(source: Stage, search: Search, element: ElementReference): Named | Unnamed {
  const own = { source, name: source.name, axes: source.scope };
  if (element.part === "" && source.scope.length > 0) {
    const found = keysIn(own, element);
    if (isNamed(found) || element.path.split("/").length <= source.scope.length) return found;
  }
  const [first] = search.trials;
  const names = [...(first?.stages.keys() ?? [])];
  const part = element.part || (names.length === 1 ? names[0]! : "");
  const known = first?.stages.get(part);
  if (!known) return whichStage(source, element, names);
  if (search.rounds.length > 1) return inRounds(source, element);
  const name = names.length === 1 ? source.name : `${source.name}.${part}`;
  const found = keysIn({ source: known, name, axes: axesOf(known, "") }, element);
  const key = isNamed(found) ? found.at.get(source.name) : undefined;
  if (!isNamed(found)) return found;
  const trial = key === undefined ? undefined : trialOf(search, key)?.stages.get(part);
  return trial ? { ...found, source: trial } : whichTrial(found, search);
}

function whichStage(source: Stage, { part, path, text }: ElementReference, names: readonly string[]): Unnamed {
  const example = `\`${source.name}.${names[0]!}/${path}\``;
  return part === ""
    ? {
        title: "which stage of the trial",
        message: `\`${text}\` is a trial of several stages: ${listed(names)}. Name one of them, such as ${example}.`,
      }
    : {
        title: "no such stage",
        message:
          `A trial of \`${source.name}\` has no stage \`${part}\`.${suggestion(part, names)}` +
          `\n\nStages of a trial: ${names.join(", ")}`,
      };
}

const inRounds = ({ name }: Stage, { text }: ElementReference): Unnamed => ({
  title: "a trial of a later round",
  message:
    `\`${name}\` runs in rounds, and what a trial has left, and for how long it was trained, is known when they have ` +
    `run, so \`${text}\` names nothing yet. Choose with \`select\`, train what it chooses ` +
    "(`each: winners`, `use: winners.trial`), and name an element of that, such as `final/1`.",
});

const whichTrial = ({ name }: Named, { keys }: Search): Unnamed => ({
  title: "which trial",
  message:
    `\`${name}\` is an element of a search, and its trials are told by a key behind it, such as ` +
    `\`${name}/${keys[0]!}\`.`,
});
