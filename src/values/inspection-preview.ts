/** What `show` says of an inspection: the inputs that the network was shown, then each aspect in its own words. */
import { fractionText, grouped, shortText } from "../util/numbers.js";
import { capital, plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { featuresOf } from "./blob.js";
import { imagesPart, isSmallImage } from "./dataset-preview.js";
import { aspectWords } from "./inspected.js";
import type { AspectName, Inspection, InspectionData } from "./inspection.js";
import type { Preview } from "./preview.js";

/** In the order of the reference page, for what is stored has none of its own. */
const aspectsIn = ({ aspects }: InspectionData) =>
  (Object.keys(aspectWords) as AspectName[])
    .filter((name) => aspects[name] !== undefined)
    .map((name) => ({
      name,
      data: aspects[name]!,
      // The row and the data of one name belong together.
      words: aspectWords[name] as AspectWords<AspectName>,
    }));

export function inspectionHeadline({ data }: Inspection): string {
  const told = aspectsIn(data).map(({ data: own, words }) => words.headline(own));
  return [...(data.inputs ? [plural(data.inputs.length, "input")] : []), ...told].join(", ");
}

export function inspectionPreview(inspection: Inspection): Preview {
  return [
    ...inputsPreview(inspection),
    ...aspectsIn(inspection.data).flatMap(
      ({ name, data, words }): Preview => [
        { type: "heading", title: titleOf(name) },
        ...words.preview(data, inspection),
      ],
    ),
  ];
}
const titleOf = (name: string): string => capital(name.replaceAll("_", " "));

/** Of more there is a table alone. */
const mostImages = 10;
const mostRows = 20;

function inputsPreview({ data, blobs }: Inspection): Preview {
  const { inputs, split, inputShape } = data;
  if (!inputs) return [];
  const shown = Int32Array.from({ length: Math.min(inputs.length, mostImages) }, (_, at) => at);
  const areShown = isSmallImage(inputShape) && (data.normalization ?? []).length === 0;
  const images = { shape: inputShape, scale: data.scale };
  const areClasses = inputs.some(({ probability }) => probability !== null);
  return [
    { type: "heading", title: "Inputs", more: split === null ? "" : `: of ${split}, rows counted from 1` },
    ...(areShown
      ? [
          imagesPart(images, featuresOf(blobs.inputs!), shown, (at) => grouped(inputs[at]!.row)),
          { type: "lines", lines: [""] } as const,
        ]
      : []),
    {
      type: "columns",
      rows: [
        ["row", areClasses ? "true" : "target", "predicted", ...(areClasses ? ["probability"] : [])],
        ...inputs
          .slice(0, mostRows)
          .map(({ row, label, predicted, probability }) => [
            grouped(row),
            valueText(label),
            valueText(predicted),
            ...(probability === null ? [] : [fractionText(probability)]),
          ]),
      ],
    },
    ...(inputs.length > mostRows
      ? [
          {
            type: "lines",
            lines: [`  … and ${plural(inputs.length - mostRows, "input")} more`],
            isAside: true,
          } as const,
        ]
      : []),
  ];
}

const valueText = (value: string | readonly number[]): string =>
  typeof value === "string" ? value : value.map((number) => shortText(number, 4)).join(", ");
