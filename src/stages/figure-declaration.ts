/**
 * What a figure declares of itself, in one file of `figures/`: its options, what it is drawn from, how check time tells
 * a misfit, its words on the reference page, and how it is drawn.
 *
 * `visualize`, the editor's schema, the reference page and the messages ask declarations and know no figure by name.
 * `figures.ts` lists them.
 */
import type * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { Figure } from "../figure/figure.js";
import type { SourceScope } from "../pipeline/check-context.js";
import type { Behind } from "../pipeline/gathering.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { ListItem, Seeds } from "../pipeline/run-context.js";
import type { AxisOf } from "../values/axes.js";
import type { Output, PortType } from "../values/output.js";
import type { Sample, Samples } from "./figure-samples.js";

export interface FigureDeclaration<
  Options extends z.ZodRawShape = z.ZodRawShape,
  Type extends PortType = PortType,
  Inputs extends Readonly<Record<string, PortType>> = Readonly<Record<string, PortType>>,
> {
  /** As pipelines name it, such as `confusion_matrix`. */
  readonly name: string;
  /** What it shows, and of what: a sentence for the editor and the reference page. */
  readonly summary: string;
  /** Its own options, each described; those that several figures share come from what it is drawn from. */
  readonly options?: Options;
  /** What `from` names; absent where it reads nothing. */
  readonly from?: From<Type>;
  /** Further stages that it reads, by option. */
  readonly inputs?: { readonly [Option in keyof Inputs]: BesideInput<Inputs[Option]> };
  /** Draws with the seed, which is then part of what it is made of. Absent: it does not. */
  readonly drawsRandomNumbers?: boolean;
  /** Is told what its elements are elements of, which then is part of what it is made of. Absent: of seeds only. */
  readonly knowsAxes?: boolean;
  /** Tells by which settings what it is drawn from was trained; `Given.behind` has them. */
  readonly comparesSettings?: boolean;
  /**
   * Lays its inputs over one axis, and shades that by the examples in `data`: they are of the same columns and are
   * brought to one scale.
   */
  readonly sharesAxis?: boolean;
  /** Why an input of `from` cannot be drawn, as far as its port tells. */
  problem?(from: PortInfo): Mistake | undefined;
  /**
   * Why they cannot be drawn together, or over the elements that they give, as far as check time knows; at a name in
   * `from`, such as ["from", 1], or another option.
   */
  together?(
    sources: readonly FigureSource[],
    inputs: { readonly [Option in keyof Inputs]?: PortInfo | undefined },
    options: FigureOptions,
  ): Mistake | undefined;
  /** From stored outputs to numbers, and from these to a specification. @throws MistakeError */
  draw(given: Given<z.infer<z.ZodObject<Options>>, Type, Inputs>): Figure | Promise<Figure>;
  /** What its picture on the reference page is drawn from. */
  sample(samples: Samples): Sample<Type, Inputs>;
}

interface From<Type extends PortType = PortType> {
  /** In the order in which they are told. */
  readonly accepts: readonly Type[];
  /** Where the order of the names decides: the type of each. */
  readonly order?: readonly Type[];
  /** Draws any number of inputs; otherwise exactly one. */
  readonly many?: boolean;
  /** Where such inputs come from, such as "a `train` stage". */
  readonly source: string;
}

interface BesideInput<Type extends PortType = PortType> {
  readonly accepts: Type;
  readonly description: string;
  /** What is said where it is not given, of one that must be. */
  readonly missing?: Mistake;
  /** Why it cannot be read, as far as its port tells. */
  problem?(port: PortInfo): Mistake | undefined;
}

/** One of the names in `from`, while checking. */
export interface FigureSource {
  readonly port: PortInfo;
  /** Undefined where a mistake leaves it open. */
  readonly scope: SourceScope | undefined;
}

/** One of the inputs in `from`, with the words that tell it from the others; these are empty for one alone. */
export interface Item<Type extends PortType = PortType> extends ListItem<Output<Type>> {
  readonly label: string;
  /** Of the same: those of its name alone, without its element. */
  readonly name: string;
  /**
   * What the parts of its element are keys of, outermost first, as far as that is told: seeds always, others where the
   * figure declares `knowsAxes`.
   */
  readonly over: readonly AxisOf[];
}

interface Given<
  Options = unknown,
  Type extends PortType = PortType,
  Inputs extends Readonly<Record<string, PortType>> = Readonly<Record<string, PortType>>,
> {
  readonly options: Options & Pick<FigureOptions, "title" | "labels">;
  /** In the order of `from`, then of the elements; at least one where the figure reads any. */
  readonly items: readonly Item<Type>[];
  readonly inputs: { readonly [Option in keyof Inputs]?: Output<Inputs[Option]> | undefined };
  readonly seeds: Seeds;
  /** Of each item, where the figure compares settings. */
  readonly behind: readonly Behind[];
}

/** Options of `visualize`, whichever figure it draws. */
export type FigureOptions = {
  readonly figure: string;
  readonly from?: string | readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly title?: string | undefined;
  /** What each name is gathered over, written by the plan: see `Kind.toldOver`. */
  readonly over?: readonly (readonly AxisOf[])[] | undefined;
  /** Which element each name picks, where several are of one stage and `labels` does not call them: written so, too. */
  readonly elements?: readonly (string | null)[] | undefined;
  /** What the plan has written beside them. */
  readonly behind?: readonly Behind[] | undefined;
} & Readonly<Record<string, unknown>>;

/** Infers what a figure's drawing is given from what it declares. */
export const declareFigure = <
  Options extends z.ZodRawShape = Record<never, never>,
  Type extends PortType = never,
  Inputs extends Readonly<Record<string, PortType>> = Record<never, never>,
>(
  declaration: FigureDeclaration<Options, Type, Inputs>,
): FigureDeclaration => declaration;

/** Of a figure of one input. */
export const theOne = <Type extends PortType>({ items }: { readonly items: readonly Item<Type>[] }): Output<Type> =>
  items[0]!.value;

/** Whether `labels` has something to name: several inputs whose order says nothing. */
export const hasLabels = ({ from }: FigureDeclaration): boolean => from?.many === true && from.order === undefined;
