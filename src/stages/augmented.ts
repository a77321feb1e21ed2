/**
 * Where augmented data are not read: by what cuts them, puts them beside others, judges by them or takes statistics of
 * them. A recipe is for the training that is to come, so it is given to training examples, after all that.
 */
import { MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { Dataset } from "../values/dataset.js";

/** Who wants images as they are, and what to do instead. */
interface Reader {
  readonly at: OptionPath;
  readonly title: string;
  readonly message: string;
}
const judged = (option: string, who: string): Reader => ({
  at: [option],
  title: `augmented ${option === "data" ? "data" : option} to judge by`,
  message:
    `\`${option}\` is augmented, but ${who} by images as they are. ` +
    `Let \`${option}\` name examples that were not augmented.`,
});
export const readers = {
  split: {
    at: ["data"],
    title: "augmented before the split",
    message:
      "`data` is augmented, and examples that are held out would be, too. Augment after splitting: " +
      "`{kind: augment, data: PARTS.train, transforms: …}`, with the name of this stage for PARTS.",
  },
  fold: {
    at: ["data"],
    title: "augmented before the fold",
    message:
      "`data` is augmented, and examples that are held out would be, too. Augment after folding: " +
      "`{kind: augment, each: FOLDS, data: FOLDS.train, transforms: …}`, with the name of this stage for FOLDS.",
  },
  merge: (index: number): Reader => ({
    at: ["data", index],
    title: "augmented before the merge",
    message:
      "This one is augmented, and in a merged dataset nothing tells which images are. Augment after merging, or " +
      "give its `augment` stage `copies: 1`: that leaves distorted images, which can be merged like any others.",
  }),
  evaluate: judged("data", "a model is judged"),
  inspect: {
    at: ["data"],
    title: "augmented data to look at",
    message:
      "`data` is augmented, but a network is shown images as they are. Let `data` name examples that were not " +
      "augmented.",
  },
  validation: judged("validation", "a training is judged"),
  fit: {
    at: ["fit"],
    title: "statistics of augmented data",
    message:
      "`fit` is augmented, but statistics are taken of images as they are. " +
      "Let `fit` name the training examples as they were before `augment`.",
  },
  test: {
    at: ["test"],
    title: "augmented test data",
    message: "`test` is augmented, but data are compared with images as they are. Let it name test examples.",
  },
} as const satisfies Readonly<Record<string, Reader | ((index: number) => Reader)>>;

/** @returns whether it may be read */
export function checkPlain(
  port: PortInfo | undefined,
  { title, message, at }: Reader,
  report: CheckContext<unknown>["report"],
): boolean {
  if (!port?.recipe) return true;
  report({ title, message, at, notes: [{ span: port.recipe.span, label: "augmented here" }] });
  return false;
}

/** The same of data at hand. @throws MistakeError */
export function requirePlain({ data }: Dataset, reader: Reader): void {
  if (data.recipe) throw new MistakeError(reader);
}
