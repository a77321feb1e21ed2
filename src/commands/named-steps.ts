/** Which steps a name on the command line means: a stage, an element of it, a trial of a search. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { failureDigest } from "../plan/kept-failure.js";
import type { Plan } from "../plan/plan.js";
import { type Step, stepKey } from "../plan/steps.js";
import { firstFew } from "../util/words.js";

/**
 * Steps by name: those of a stage, or of all; of a search the one that gathers, its cells and what chose its rounds by
 * their names alone (`coarse/2-16-elu-0.01/3`, `coarse/rung-2`). A trial (`coarse/2-16-elu-0.01`, in later rounds under
 * its own key, too) has the cells of the last round that it ran: of that stage of it that failed, else of the one that
 * is scored.
 */
export function stepsNamed(plan: Plan, name: string | undefined): readonly Step[] {
  if (name?.includes("/")) {
    const ofTrial = plan.steps.filter(({ cell }) => cell && namesOf(cell).includes(name));
    const last = ofTrial.at(-1)?.cell?.key;
    const cells = ofTrial.filter(({ cell }) => cell!.key === last);
    const shown =
      cells.find(({ key }) => failureDigest(plan.outputs.get(key) ?? {})) ?? cells.find(({ cell }) => cell!.scores);
    return shown ? cells.filter(({ stage }) => stage === shown.stage) : plan.steps.filter((step) => step.key === name);
  }
  const found = plan.steps.filter(
    (step) => !step.cell && !step.chooses && (name === undefined || step.stage.name === name),
  );
  // What never ran, because a search ended before it, is not missing.
  const isThere = ({ key }: Step): boolean => plan.decisions.get(key)?.verdict !== "none";
  const there = new Set(found.filter(isThere).map(({ stage }) => stage));
  return found.filter((step) => isThere(step) || !there.has(step.stage));
}
/** What a cell's trial is called: by its key, and by its place where it was chosen for one. */
const namesOf = ({ search, element, key, trial = key }: NonNullable<Step["cell"]>): readonly string[] =>
  [...new Set([trial, key])].map((each) => stepKey(stepKey(search, element), each));

/** @param verb  whose argument it is */
export function noSuchElement(plan: Plan, verb: string, name: string): MistakeError {
  const stage = name.split("/", 1)[0]!;
  const trials = plan.steps.flatMap(({ cell }) => (cell?.search === stage ? namesOf(cell) : []));
  const elements = plan.steps.filter((step) => step.stage.name === stage && step.element !== null);
  const keys = [...new Set([...trials, ...elements.map(({ key }) => key)])];
  if (keys.length === 0 && plan.steps.some((step) => step.stage.name === stage))
    return new MistakeError({
      title: "no such element",
      message:
        `${verb} names \`${name}\`, but \`${stage}\` runs once and has no elements. ` + `Name it alone: \`${stage}\`.`,
    });
  const near = suggestion(name, keys);
  const some = keys.length > 0 ? `\n\nElements of \`${stage}\`: ${firstFew(keys, 5)}` : "";
  return new MistakeError({
    title: "no such element",
    message: `${verb} names \`${name}\`, but there is no such element.${near}${some}`,
  });
}
