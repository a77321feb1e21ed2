/**
 * Which models may speak as one: of the same classes or targets, by the same columns and shapes, one network each.
 * Asked of ports while checking and of the models themselves before they are gathered, in the same words.
 *
 * Names in another order are put in order where the ensemble is asked, and so is another normalisation: each member is
 * shown data as it learned from them. Losses may differ; then the whole has none.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { lossOfAll } from "../learn/ensemble.js";
import { learnsClasses } from "../learn/losses.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { LearnedInfo, NormalizationInfo, PortInfo } from "../pipeline/port-info.js";
import type { ListItem } from "../pipeline/run-context.js";
import { plural } from "../util/words.js";
import { type AxisOf, elementText } from "../values/axes.js";
import { ensembleOf, modelOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { namesMistake, traitsOf } from "./agreement.js";
import { checkNames } from "./agreement-check.js";
import { overElements } from "./honesty.js";
import { meetings } from "./meetings.js";

interface Options {
  readonly models: string | readonly string[];
  readonly rule: "mean" | "vote";
}
type Place = readonly (string | number)[];
const placeOf = ({ models }: Options, index: number): Place => (Array.isArray(models) ? ["models", index] : ["models"]);

const ofEnsembles: Mistake = {
  title: "an ensemble of ensembles",
  message:
    "This one is an ensemble itself, and whether it should count once or as often as it has members is not guessed. " +
    "Let `models` name the stages of its members: each of them then counts alike.",
};
const votesOfNumbers: Mistake = {
  title: "votes of numbers",
  message:
    "`rule: vote` counts which class the members predict, but these predict numbers. Use `rule: mean`, the mean of " +
    "their values.",
  at: ["rule"],
};
const otherOutputs = (wanted: number, got: number, who: string): Mistake => ({
  title: "a member with other outputs",
  message: `The first member predicts ${plural(wanted, "number")} for an example, but ${who} predicts ${got}.`,
});

export function checkMembers({
  options,
  lists,
  scopes,
  report,
}: CheckContext<Options, Record<never, never>, { models: "model" }>): Readonly<Record<string, PortInfo>> {
  const ports = lists.models ?? [];
  const known = ports.flatMap((port, index) => (port ? [{ port, index, scope: scopes?.models?.[index] }] : []));
  const plain = known.filter(({ port, index }) => {
    if (port.ensemble) report({ ...ofEnsembles, at: placeOf(options, index) });
    return !port.ensemble;
  });
  const [first] = plain;
  for (const { port, index } of plain.slice(1)) {
    const at = placeOf(options, index);
    const areAlike = checkNames(first!.port, port, meetings.member(at, "this one"), report);
    const [wanted, got] = [outputsOf(first!.port), outputsOf(port)];
    if (areAlike && wanted !== null && got !== null && wanted !== got)
      report({ ...otherOutputs(wanted, got, "this one"), at });
  }
  const losses = plain.flatMap(({ port }) => port.loss ?? []);
  const learnt = losses[0];
  if (options.rule === "vote" && learnt !== undefined && !learnsClasses(learnt)) report(votesOfNumbers);
  const counts = ports.map((port, index) => {
    const scope = scopes?.models?.[index];
    return port && scope ? scope.gathered.reduce((product, { keys }) => product * keys.length, 1) : null;
  });
  // A name of no stage gives no port; it was told, and may be meant to be another member.
  const written = Array.isArray(options.models) ? options.models.length : 1;
  const count =
    counts.includes(null) || counts.length < written ? null : counts.reduce<number>((sum, one) => sum + one!, 0);
  const again = ports.findIndex((port, index) => port !== undefined && ports.indexOf(port) < index);
  if (again >= 0)
    report({
      title: "a member that is there twice",
      message:
        "This model is a member already, so that it counts twice. Name it once, or other models beside it: the same " +
        "network under other seeds, say.",
      at: placeOf(options, again),
      severity: "warning",
      name: "repeated_member",
    });
  else if (count === 1) report(loneMember(known[0]?.scope?.all.map(({ stage }) => stage) ?? []));
  return { model: portOf(options, plain) };
}

function loneMember(axes: readonly string[]): Mistake {
  const over = axes.map((stage) => `\`${stage}\``).join(", ");
  return {
    title: "an ensemble of one model",
    message:
      "`models` gives one model, so that the ensemble says what that model says. " +
      (axes.length > 0
        ? `It runs over ${over}, as the model does: leave that out of \`each\` to gather its elements.`
        : "Name several, or let the model's stage run under `each:`, over `seeds` say."),
    at: ["models"],
    severity: "warning",
    name: "lone_member",
  };
}

/** Numbers predicted for an example; null of classes, and where that is not known. */
const outputsOf = ({ loss, shape, classes }: PortInfo): number | null =>
  classes || !shape || loss === undefined || learnsClasses(loss) ? null : (shape[0] ?? null);

interface Known {
  readonly port: PortInfo;
  readonly scope: { readonly redrawn?: ReadonlySet<string> } | undefined;
}
/** Classes, names and outputs are those of the first; examples that taught one of them taught the whole. */
function portOf({ rule }: Options, known: readonly Known[]): PortInfo {
  const members = known.map(({ port, scope }): PortInfo => ({ ...port, ...gatheredOver(port, scope?.redrawn) }));
  const [first] = members;
  if (!first) return { type: "model" };
  const { shape, classes, inputShape, featureNames, targetNames, reading, origin } = first;
  const learnt = members.flatMap(({ loss, criterion }) =>
    loss === undefined || !criterion ? [] : [{ loss, text: criterion.text, isPlain: criterion.text === `\`${loss}\`` }],
  );
  const judged = learnt.length < members.length ? undefined : lossOfAll(learnt, rule);
  return {
    ...{
      type: "model",
      shape: shape ?? null,
      classes,
      inputShape: inputShape ?? null,
      featureNames,
      reading,
      targetNames,
      origin,
    },
    loss: judged?.type,
    // What an evaluation of it has of that is said there.
    ...(judged?.isCommon ? { criterion: { ...first.criterion!, metrics: [] } } : {}),
    // Where members are on several scales, none is the ensemble's.
    normalization: members.length === 1 ? first.normalization : null,
    learned: members.flatMap(({ learned = [] }) => learned),
    ensemble: { rule, members, without: judged?.without ?? [] },
  };
}

/** What taught a member, where that is any of several elements. */
function gatheredOver(
  { learned, normalization }: PortInfo,
  redrawn: ReadonlySet<string> = new Set(),
): Pick<PortInfo, "learned" | "normalization"> {
  if (redrawn.size === 0) return { learned, normalization };
  return {
    learned: learned?.map((one): LearnedInfo => ({ ...one, rows: overElements(one.rows, redrawn) })),
    normalization: normalization?.map(
      // The numbers are those of an element, which nobody tells from the others here.
      ({ numbers: _numbers, of, ...step }): NormalizationInfo => ({ ...step, of: of && overElements(of, redrawn) }),
    ),
  };
}

/** @throws MistakeError as `checkMembers` reports it, of what only the models tell */
export function requireMembers(
  items: readonly ListItem<Output<"model">>[],
  options: Options,
  over: readonly (readonly AxisOf[])[] = [],
): void {
  const at = (index: number): Place => placeOf(options, items[index]!.source);
  const nested = items.findIndex(({ value }) => ensembleOf(value));
  if (nested >= 0) throw new MistakeError({ ...ofEnsembles, at: at(nested) });
  const models = items.map(({ value }) => modelOf(value));
  const [first] = models as [(typeof models)[number]];
  for (const [index, model] of models.entries()) {
    const { element, source } = items[index]!;
    const who = element === null ? "this one" : `this one (${elementText(element, over[source] ?? [])})`;
    const mistake = namesMistake(traitsOf(first), traitsOf(model), meetings.member(at(index), who));
    if (mistake) throw mistake;
    const [wanted, got] = [first.outputShape[0]!, model.outputShape[0]!];
    if (!first.classes && wanted !== got) throw new MistakeError({ ...otherOutputs(wanted, got, who), at: at(index) });
  }
  if (options.rule === "vote" && !first.classes) throw new MistakeError(votesOfNumbers);
}

/** What is said of members that are the same, by what they are. */
export function sameMembers(digests: readonly string[]): string | undefined {
  const different = new Set(digests).size;
  if (different === digests.length) return undefined;
  return (
    `${digests.length} members are ${plural(different, "different model")}, so that some count more than once. Name ` +
    "each once; where they run over seeds, let their stage draw with these."
  );
}
