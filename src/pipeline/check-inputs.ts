/** The names that a stage reads → its inputs, wired and typed. */
import { suggestion } from "../diagnostic/nearest.js";
import { type JsonObject, ownOf } from "../util/json.js";
import { listed } from "../util/words.js";
import type { PortType } from "../values/output.js";
import { withArticle } from "../values/output.js";
import { infoAt } from "./at-element.js";
import type { SourceScope } from "./check-context.js";
import type { CheckableDraft, Checking } from "./checking.js";
import { type Entry, itemsOf, member, plain } from "./document.js";
import { isNamed, type Named, namedBy } from "./element-references.js";
import type { InputPort } from "./kind.js";
import { discriminatorOf } from "./option-schema.js";
import { axesOf, axesRead, type Edge, isElementPart } from "./pipeline.js";
import type { PortInfo } from "./port-info.js";
import { redrawnAlong } from "./redrawn.js";
import type { Reference } from "./references.js";
import type { Report } from "./report.js";
import { type Axis, joined, missingFrom } from "./scope.js";

/** Inputs as `CheckContext` has them, and as the stage does. */
export interface CheckedInputs {
  readonly inputs: Readonly<Record<string, PortInfo | undefined>>;
  readonly lists: Readonly<Record<string, readonly (PortInfo | undefined)[]>>;
  readonly scopes: Readonly<Record<string, readonly (SourceScope | undefined)[]>>;
  readonly edges: readonly Edge[];
  /** Option, examples and their order: what is read counts by its examples, not by the names of stages. */
  readonly examplesRead: readonly (readonly [string, string, string])[];
}

export function checkInputs(
  { entry, kind, options, edges: references }: CheckableDraft,
  scope: readonly Axis[],
  checking: Checking,
): CheckedInputs {
  const { broken, report, stages } = checking;
  const inputs: Record<string, PortInfo | undefined> = {};
  const lists: Record<string, (PortInfo | undefined)[]> = {};
  const scopes: Record<string, (SourceScope | undefined)[]> = {};
  const edges: Edge[] = [];
  const examplesRead: (readonly [string, string, string])[] = [];
  const unmet: Unmet[] = [];
  for (const edge of references) {
    const { option, index } = edge;
    const port = kind.inputs.find((input) => input.option === option)!;
    if (port.many) {
      // A broken one keeps its place, so that others are told by theirs.
      lists[option] ??= [];
      scopes[option] ??= [];
      lists[option][index] = undefined;
    }
    const named = namedIn(edge, checking);
    const meant = formOf(kind, options, option) ?? port;
    const found = named && outputOf(named, edge, { port, meant }, entry.key, checking);
    if (!found) continue;
    const { source, at, name } = named;
    const { output, info } = found;
    const missing = missingFrom(scope, axesRead({ source, output, at }));
    if (missing.length > 0 && !port.many) {
      unmet.push({ edge, named, output, missing });
      continue;
    }
    if (!port.accepts.includes(info.type)) {
      const takes = `\`${option}\` of \`${kind.name}\` takes ${port.accepts.map(withArticle).join(" or ")}`;
      report({
        span: edge.span,
        title: "wrong type of input",
        message: `${takes}, but \`${name}.${output}\` is ${withArticle(info.type)}.`,
        label: withArticle(info.type),
      });
      continue;
    }
    if (index === 0 || !inputs[option]) inputs[option] = info;
    if (port.many) {
      lists[option]![index] = info;
      scopes[option]![index] = broken.has(edge.stage)
        ? undefined
        : { all: axesOf(source, output), gathered: missing, redrawn: redrawnAlong(source, missing, at) };
    }
    examplesRead.push([option, info.rows?.id ?? `${name}.${output}`, info.rows?.order ?? ""]);
    edges.push({ option, index, stage: edge.stage, output, source, name, at, info });
  }
  // Of a stage that reads one with a mistake, what it runs over may change with that.
  if (unmet.length > 0 && !broken.has(entry.key)) reportUnmet(unmet, entry, stages, report);
  return { inputs, lists, scopes, edges, examplesRead };
}

/** The stage that a name means, and at which element; nothing where it names none. */
function namedIn(edge: Reference, { stages, base, broken, report }: Checking): Named | undefined {
  const source = stages.get(edge.stage);
  const found = source && namedBy(source, edge, base);
  if (!found || isNamed(found)) return found;
  // Of a stage with a mistake nobody knows the elements.
  if (!broken.has(edge.stage)) report({ span: edge.span, ...found });
  return undefined;
}

/** What the option takes where another one decides that, such as `figure`. */
function formOf(kind: CheckableDraft["kind"], options: JsonObject, option: string): InputPort | undefined {
  const value = options[discriminatorOf(kind) ?? ""];
  const form = typeof value === "string" ? ownOf(kind.forms ?? {}, value) : undefined;
  return form?.inputs.find((input) => input.option === option);
}

/**
 * The output that is read, which a name alone leaves open; of a stage with a mistake only its type is known.
 *
 * @param ports  what the kind takes, of which a type that is not `meant` is told of better than here
 */
function outputOf(
  { source, output: written, at, name }: Named,
  edge: Reference,
  ports: { readonly port: InputPort; readonly meant: InputPort },
  reader: string,
  { broken, report }: Checking,
): { readonly output: string; readonly info: PortInfo } | undefined {
  // Of one fold there are its parts, and not what all folds are.
  const isFold = source.offers !== null && at.has(source.offers.stage);
  const names = Object.keys(source.outputs).filter((one) => !isFold || isElementPart(source, one));
  const typeOf = (one: string): PortType => source.outputs[one]!.type;
  const taken = (port: InputPort): readonly string[] =>
    written === "" ? names.filter((one) => port.accepts.includes(typeOf(one))) : [];
  const meant = taken(ports.meant);
  const fitting = meant.length > 0 ? meant : taken(ports.port);
  if (meant.length > 1 || (fitting.length > 1 && fitting.every((one) => typeOf(one) === typeOf(fitting[0]!)))) {
    report({ span: edge.span, title: "which output", message: whichOutput(name, reader, edge.option, fitting) });
    return undefined;
  }
  // Where none fits, the first is named in the mistake.
  const output = written === "" ? (fitting[0] ?? names[0] ?? "") : written;
  const info = names.includes(output) ? source.outputs[output] : undefined;
  if (info) return { output, info: broken.has(edge.stage) ? { type: info.type } : infoAt(source, output, info, at) };
  if (!broken.has(edge.stage)) {
    const all = `\n\nOutputs of \`${name}\`: ${names.join(", ")}`;
    report({
      span: edge.span,
      title: "no such output",
      message: `\`${name}\` has no output \`${output}\`.${suggestion(output, names)}${all}`,
    });
  }
  return undefined;
}

/** `stage` alone means its only output that fits; which of several is meant is not guessed. */
function whichOutput(source: string, reader: string, option: string, fitting: readonly string[]): string {
  const names = fitting.map((name) => `\`${source}.${name}\``);
  const example = `\`${option}: ${source}.${fitting[0]!}\``;
  return (
    `\`${source}\` has several outputs that \`${reader}\` could read: ${listed(names)}. ` +
    `Name one of them, such as ${example}.`
  );
}

/** A reference to what runs over more than the stage does. */
interface Unmet {
  readonly edge: Reference;
  readonly named: Named;
  readonly output: string;
  readonly missing: readonly Axis[];
}

/** One `each` brings all that a stage lacks, so it is reported once: at the reference that lacks most. */
function reportUnmet(unmet: readonly Unmet[], entry: Entry, stages: Checking["stages"], report: Report): void {
  const [{ edge, named, output, missing }] = [...unmet].sort((a, b) => b.missing.length - a.missing.length) as [Unmet];
  const over = missing[missing.length - 1]!.stage;
  const all = unmet.reduce<readonly Axis[]>((axes, one) => joined(axes, one.missing), []);
  // What the source of an axis runs over comes with it.
  const brought = new Set(all.flatMap((axis) => stages.get(axis.stage)?.scope.map(({ stage }) => stage) ?? []));
  const wanted = all.map(({ stage }) => stage).filter((stage) => !brought.has(stage));
  const old = itemsOf(member(entry.value, "each")).map((item) => String(plain(item)));
  const names = [...old, ...wanted];
  const option = `each: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}`;
  const offered = over === edge.stage ? `\`${output}\` per element` : `result per element of \`${over}\``;
  const remedy = old.length > 0 ? `Let \`${entry.key}\` have \`${option}\`` : `Add \`${option}\` to \`${entry.key}\``;
  const one = oneOf(named, output, missing, edge);
  report({
    span: edge.span,
    title: "one value wanted, many offered",
    message: `\`${named.name}\` gives one ${offered}. ${remedy}, so that it runs once per element.${one}`,
  });
}

/** Where the reader stands at none of the keys that are open, they can all be given. */
function oneOf(
  { source, name, at, output: written }: Named,
  output: string,
  missing: readonly Axis[],
  edge: Reference,
): string {
  if (axesRead({ source, output, at }).length > missing.length) return "";
  const keys = missing.map((axis) => axis.keys[0]!).join("/");
  return ` To read one of them, name it: \`${edge.option}: ${name}/${keys}${written === "" ? "" : `.${written}`}\`.`;
}
