/** Who meets whom where data meet a model, or other data: the words for it, and what is asked of them. */

/** Who meets whom: for the sentences, and for the place of a mistake. */
export interface Meeting {
  /** Option that names the data which are brought in line. */
  readonly at: readonly (string | number)[];
  /** These data in a sentence, and what they are held against. */
  readonly found: string;
  readonly expected: string;
  /** What a model does with its columns and targets, where data have them. */
  readonly verbs: { readonly shape: string; readonly names: string };
  /** What is found does that, too: a model beside another one. */
  readonly areModels?: boolean;
  /** What a title calls these data, where that is not the option. */
  readonly noun?: string;
  /** Whose statistics raw data are normalised by, where that is not what is expected. */
  readonly statisticsOf?: string;
  /** A network is shown these data, so each cell needs a number. */
  readonly needsValues?: boolean;
  /** Only features matter, because labels are not looked at. */
  readonly featuresOnly?: boolean;
}
export const have = { shape: "has", names: "has" };
const ofModel = { shape: "takes", names: "was trained on" };
export const meetings = {
  evaluate: { at: ["data"], found: "`data`", expected: "the model", verbs: ofModel, needsValues: true },
  predict: { at: [], found: "the input", expected: "the model", verbs: ofModel, noun: "input", featuresOnly: true },
  member: (at: readonly (string | number)[], found: string): Meeting => ({
    at,
    found,
    expected: "the first member",
    noun: "a member",
    areModels: true,
    verbs: ofModel,
  }),
  validation: { at: ["validation"], found: "`validation`", expected: "`data`", verbs: have, needsValues: true },
  fit: { at: ["fit"], found: "`fit`", expected: "`data`", verbs: have, featuresOnly: true },
  test: { at: ["test"], found: "`test`", expected: "`data`", verbs: have },
  merged: (index: number): Meeting => ({
    at: ["data", index],
    found: "this one",
    expected: "the first dataset",
    verbs: have,
  }),
} as const satisfies Readonly<Record<string, Meeting | ((...given: never[]) => Meeting)>>;

/** Of an ensemble each member is met by itself where it is about scales. */
export const withMembers = (meeting: Meeting): Meeting => ({
  ...meeting,
  expected: "a member of the ensemble",
  statisticsOf: "each member",
});
