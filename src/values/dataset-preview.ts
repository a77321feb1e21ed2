/** What `show` says of a dataset: its size, and of small images the first ones, colours by their brightness. */
import { luminance } from "../util/luminance.js";
import { formatNumber } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { type Blob, featuresOf, float32Of, int32Of } from "./blob.js";
import type { Dataset, DatasetData } from "./dataset.js";
import type { Preview, PreviewPart } from "./preview.js";
import { recipePreview } from "./recipe-words.js";

const mostImages = 6;
const mostPixels = 4096;

export function datasetPreview(name: string, { data, blobs }: Dataset): Preview {
  const { count, shape, classes, scale } = data;
  const { features, labels, groups, rows: chosen } = blobs;
  const size = `: ${count} examples of [${shape.join(", ")}]${classes ? `, ${classes.length} classes` : ""}`;
  const more = data.group && groups ? `${size}, ${groupsText(data.group.name, groups, chosen)}` : size;
  const heading = { type: "heading", title: name, more } as const;
  const recipe = recipePreview(data);
  if (!isSmallImage(shape) || !features || !labels) return [heading, ...recipe];
  const rows = chosen
    ? int32Of(chosen).subarray(0, mostImages)
    : Int32Array.from({ length: Math.min(mostImages, count) }, (_, index) => index);
  const targets = labels.dtype === "int32" ? int32Of(labels) : float32Of(labels);
  const captionOf = (row: number): string => (classes ? (classes[targets[row]!] ?? "?") : formatNumber(targets[row]!));
  return [heading, imagesPart({ shape, scale }, featuresOf(features), rows, captionOf), ...recipe];
}

function groupsText(name: string, groups: Blob, chosen: Blob | undefined): string {
  const codes = int32Of(groups);
  const count = new Set(chosen ? Array.from(int32Of(chosen), (row) => codes[row]!) : codes).size;
  return `${plural(count, "group")} (${name})`;
}

/** Images that a terminal can show. */
export function isSmallImage(shape: readonly number[]): boolean {
  const [height, width, channels] = shape;
  return shape.length === 3 && (channels === 1 || channels === 3) && height! * width! <= mostPixels;
}

/** @param features  stored ones, used as feature × `scale`, of which `rows` are shown */
export function imagesPart(
  { shape, scale }: Pick<DatasetData, "shape" | "scale">,
  pixels: ReturnType<typeof featuresOf>,
  rows: Int32Array,
  captionOf: (row: number) => string,
): PreviewPart {
  const [height, width, channels] = shape as [number, number, number];
  const size = height * width * channels;
  const lightAt = (at: number): number =>
    channels === 1 ? pixels[at]! : luminance(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
  const images = Array.from(rows, (row) => ({
    pixels: Float32Array.from({ length: height * width }, (_, pixel) => lightAt(row * size + pixel * channels) * scale),
    caption: captionOf(row),
  }));
  return { type: "images", height, width, images };
}
