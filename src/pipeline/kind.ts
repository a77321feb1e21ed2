/**
 * The contract a stage kind fulfils. A kind is one file in `stages/` that declares, as data, all that others need to
 * know.
 *
 * `pipeline`, `plan` and `run` are handed a table of kinds and import none; tests hand them toy kinds.
 */
import type * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { VersionOf } from "../util/installed.js";
import type { Json, JsonObject } from "../util/json.js";
import type { NetworkTable } from "../values/network.js";
import type { Outputs, PortType } from "../values/output.js";
import type { Round, Strategy } from "../values/search.js";
import type { CheckContext } from "./check-context.js";
import type { KindWords } from "./kind-words.js";
import type { PortInfo } from "./port-info.js";
import type { DataFile, ListsBeside, Ports, RunContext } from "./run-context.js";
import type { Axis } from "./scope.js";

/** One option that names a stage to read. */
export interface InputPort<Name extends string = string, Type extends PortType = PortType> {
  /** Such as `data`. */
  readonly option: Name;
  readonly accepts: readonly Type[];
  readonly optional?: boolean;
  /**
   * Takes one name or a list of them, and all elements of a stage that runs over some: in `RunContext.lists` (not
   * `inputs`). At check time the first is in `inputs`, all are in `lists`.
   */
  readonly many?: boolean;
  readonly description: string;
}

/** The input of each option that `I` names. */
type InputPorts<I extends Ports> = {
  [Name in keyof I & string]-?: InputPort<Name, NonNullable<I[Name]>>;
}[keyof I & string];

/**
 * A kind with options `O`, which reads one output of a type for each name in `I`, and several for each in `L`: what
 * `inputs` declares to everybody else, so that `run` has each as what it is.
 */
export interface Kind<O = unknown, I extends Ports = Ports, L extends Ports = ListsBeside<I>> extends KindWords {
  readonly name: string;
  /** Raised whenever the same options and inputs would give other bytes. Part of the fingerprint. */
  readonly version: number;
  readonly summary: string;
  /** Zod object (strict) of the options in YAML's spelling, without `kind` and `each`; every option described. */
  readonly schema: z.ZodType<O>;
  /** Names of the options in the schema, for messages. */
  readonly optionNames: readonly string[];
  /**
   * Options with words of a file inside, which are taken as they are spelled there: `True` is that text, and `1.0` is
   * not `1`.
   */
  readonly spelled?: readonly string[];
  /** Options that decide whether there is a result, and never which: they are in no fingerprint. */
  readonly guards?: readonly string[];
  /** Options that decide what is left beside its model and nothing of the model, so that they are no setting of it. */
  readonly keeping?: readonly string[];
  /** What to do instead of a value, or a key in an option's map, that other tools have: by option and value or key. */
  readonly elsewhere?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly inputs: readonly (InputPorts<I> | InputPorts<L>)[];
  /**
   * Of one whose options are a union told apart by one of them, a `source` or a `figure`: what each of its values takes
   * of the inputs, and whether the reference page has a picture of it.
   */
  readonly forms?: Readonly<Record<string, { readonly inputs: readonly InputPort[]; readonly hasPicture: boolean }>>;
  /**
   * Of such a one: what is said of options that other values read and this one does not. Without it they are unknown
   * ones. @param readers  values that read the first of them
   */
  unread?(value: string, options: readonly string[], readers: readonly string[]): Pick<Mistake, "title" | "message">;
  /** What each output is, by name, for the reference page. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** A small pipeline that shows the kind at work: YAML for the reference page, checked by a test. */
  readonly example?: string;
  /**
   * Computes with the engine, so that and the versions of its packages are in the fingerprint, and it runs in a worker
   * process.
   */
  readonly usesEngine: boolean;
  /** Packages that draw what it leaves, or read it again before it counts; their versions are in the fingerprint. */
  readonly renderer?: readonly string[];
  /** Packages that decode the files which these options name; their versions are in the fingerprint. */
  decoders?(options: O, versionOf?: VersionOf): readonly string[];
  /**
   * Where that depends on an option (a `source`), a function of the options as written. Asked through
   * `drawsRandomNumbers`.
   */
  readonly drawsRandomNumbers: boolean | ((options: Readonly<Record<string, unknown>>) => boolean);
  /**
   * Keys of the elements that it offers to `each:`, and what they are. Of folds, the outputs `train` and `validation`
   * are those of the element at hand; the keys of seeds are whole numbers from 0.
   */
  elements?(options: O): Omit<Axis, "stage">;
  /** Of an option that may be left to how the trial went whose settings `use:` takes. */
  readonly meanOption?: MeanOption;
  /**
   * Options that decide what is judged, so that a stage with `use:` may change one but not be the first to have one:
   * its trial was chosen without.
   */
  readonly judgedWith?: {
    readonly options: readonly string[];
    refusal(option: string): Pick<Mistake, "title" | "message">;
  };
  /**
   * Of a search: the trials that its options ask for. The options `trial` and `objective` are read by whoever checks
   * the pipeline.
   */
  trials?(options: O, seed: number): TrialList | { readonly problem: Mistake; readonly others?: readonly Mistake[] };
  /**
   * Of a search: what of its options decides which configurations a round gets that is not known before, beside the
   * scores of the rounds before.
   */
  choosing?(options: O, round: Round, drawn: TrialList["drawn"]): JsonObject;
  /** Of a search: how many of its trials may fail; null where all but one may. */
  failuresAllowed?(options: O): number | null;
  /** Of a search: how long each of its trials may compute in one run, in milliseconds and in words. */
  trialLimit?(options: O): { readonly ms: number; readonly text: string } | undefined;
  /** Of a search: a rule, as YAML, that leaves out a configuration and no other; null where there is none. */
  ruleAgainst?(options: O, values: JsonObject): string | null;
  /**
   * Of one that compares results: the input whose results' trainings the plan describes, beside the options, as
   * `behind` (`gathering.ts`); undefined where these options compare nothing.
   */
  comparesSettings?(options: O): string | undefined;
  /** Of one that `use:` may name: what the trial of a key, or the winner of a rank, was run with. */
  settings?(outputs: Outputs, key: string): TrialSettings | undefined;
  /**
   * Where its options expect something of the result: which of that does not hold of what it left, as sentences. A run
   * ends by them.
   */
  expectations?(options: O): ((outputs: Outputs) => readonly string[]) | undefined;
  /**
   * Of one that judges a model by examples: the options that name them. Where these are of a test set, a step that
   * computes opens it, and the ledger has that.
   */
  readonly judges?: { readonly model: string; readonly data: string };
  /** Of one whose results may follow from what was seen of a test set: what the ledger calls it. */
  readonly decides?: "training" | "search" | "selection";
  /**
   * Of one that is told, as the option `over`, what its `many` inputs are gathered over (for each name a list of axes,
   * outermost first), because keys alone do not say what they are keys of: always, or only where seeds are among them.
   */
  toldOver?(options: O): "all" | "seeds";
  /**
   * Of one that calls what it reads by its place in a list: the input of which it is told, as the option `elements`,
   * which element each name picks, where two are of one stage; undefined where these options say what they are called.
   */
  toldElements?(options: O): string | undefined;
  /** What it leaves, as far as check time can tell. May read file headers. Never throws. */
  check(context: CheckContext<O, I, L>): Readonly<Record<string, PortInfo>>;
  /**
   * Files outside the pipeline that decide the result, one for each option that names one, with what is in them now;
   * part of the fingerprint.
   */
  files?(options: O, folder: string): readonly DataFile[];
  /**
   * Options that do not decide the result of a step's *computation prefix*; see "training length is a prefix" in docs.
   * Given canonical options, names the family of computations that share checkpoints.
   */
  prefix?(options: O): { readonly family: JsonObject; readonly length: number } | undefined;
  /** Of one that trains for a length that a search may set, rung by rung. */
  readonly lengthOption?: LengthOption;
  /** After how much of that it may end at the earliest, and what may end it; undefined where nothing does. */
  mayEndAfter?(options: O): { readonly length: number; readonly by: string } | undefined;
  /** Of one that trains: its network, for examples of a shape. Null where that does not fit. */
  network?(options: O, inputShape: readonly number[]): NetworkTable | null;
  run(context: RunContext<O, I, L>): Promise<Outputs>;
  /** Whether steps with these options are better run together; asked before their inputs are read. */
  goTogether?(options: O, outputs: Readonly<Record<string, PortInfo>>): boolean;
  /**
   * Runs several steps with the same options at once, where that is faster. Each leaves what `run` would leave, to the
   * last bit; one that fails leaves its error and does not disturb the others. @throws InterruptedError for all
   */
  runTogether?(contexts: readonly RunContext<O, I, L>[]): Promise<readonly (Outputs | Error)[]>;
}
/** `epochs: best`: an option that takes the mean of a metric over the cells of the trial whose settings are used. */
export interface MeanOption {
  readonly option: string;
  /** What a file writes there. */
  readonly word: string;
  /** Of what each cell left. */
  readonly metric: string;
  value(mean: number): Json;
  /** What is said where no settings are used. */
  readonly alone: Pick<Mistake, "title" | "message">;
  /**
   * Why a trial cannot decide it.
   *
   * @param trial   its options; null where only settings are left of them
   * @param merged  options of the stage that uses them, as a file spells them
   */
  refusal(trial: JsonObject | null, merged: JsonObject): Pick<Mistake, "title" | "message"> | undefined;
}
/** The option that says how long a stage trains; `Kind.prefix` knows whether a shorter training begins a longer one. */
export interface LengthOption {
  readonly option: string;
  /** What is said of options of which it does not. */
  whole(options: JsonObject): Mistake;
}
/** Whether a stage leaves an option to the trial whose settings it uses. @param given  what it writes itself */
export const leavesToTrial = ({ meanOption }: Pick<Kind<unknown>, "meanOption">, given: JsonObject): boolean =>
  meanOption !== undefined && given[meanOption.option] === meanOption.word;

/** Does a stage of this kind with these options depend on the seed? */
export function drawsRandomNumbers(kind: Kind<unknown>, options: Readonly<Record<string, unknown>>): boolean {
  return typeof kind.drawsRandomNumbers === "function" ? kind.drawsRandomNumbers(options) : kind.drawsRandomNumbers;
}

/** Does one of this kind that has these options, whatever else stands beside them? */
export const mayDrawRandomNumbers = (kind: Kind<unknown>, constants: Readonly<Record<string, unknown>>): boolean =>
  drawsRandomNumbers(kind, { ...Object.fromEntries(kind.optionNames.map((name) => [name, true])), ...constants });

/** What a trial was run with. */
export interface TrialSettings {
  /** Options of the trial's stages by name, without what they read. */
  readonly options: Readonly<Record<string, JsonObject>>;
  readonly values: JsonObject;
  /** Names of the values, in order. */
  readonly parameters: readonly string[];
  /** By stage of the trial: the metric of its kind's `meanOption`, over the cells; where they have run. */
  readonly bestEpochs?: Readonly<Record<string, { readonly mean: number }>> | undefined;
}
/** Trials of a search, before what they run is known. */
export interface TrialList {
  readonly strategy: Strategy;
  readonly space: JsonObject;
  readonly parameters: readonly string[];
  /** Configurations before constraints; null where a range has no end of them. */
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  /** Of all trials that there may be. */
  readonly keys: readonly string[];
  /** Those known before anything has run. */
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
  /** Others that were drawn before anything has run; whether they run follows from scores. */
  readonly drawn: readonly { readonly key: string; readonly values: JsonObject }[];
  /** Configurations that are checked as a trial is, because what a later round runs may be like them. */
  readonly samples: readonly JsonObject[];
  /** In order; the first is known. */
  readonly rounds: readonly Round[];
  /** What a reader would doubt, such as a rule that never holds. */
  readonly doubts: readonly Mistake[];
}
export type Kinds = Readonly<Record<string, Kind<never> | Kind<unknown>>>;
