/** What `show` says of a dataset: its size, and of small images the first ones, colours by their brightness. */
import { formatNumber } from "../util/numbers.js";
import { featuresOf, float32Of, int32Of } from "./blob.js";
import type { Dataset } from "./dataset.js";
import type { Preview } from "./preview.js";
import { recipePreview } from "./recipe-words.js";

const mostImages = 6;
const mostPixels = 4096;
/** Brightness of red, green and blue. Source: ITU-R BT.601. */
const luma = [0.2989, 0.587, 0.114] as const;

export function datasetPreview(name: string, { data, blobs }: Dataset): Preview {
  const { count, shape, classes, scale } = data;
  const more = `: ${count} examples of [${shape.join(", ")}]${classes ? `, ${classes.length} classes` : ""}`;
  const heading = { type: "heading", title: name, more } as const;
  const recipe = recipePreview(data);
  const { features, labels, rows: chosen } = blobs;
  const [height, width, channels] = shape;
  const isImage = shape.length === 3 && (channels === 1 || channels === 3);
  if (!isImage || !features || !labels || height! * width! > mostPixels) return [heading, ...recipe];
  const size = height! * width! * channels;
  const weights = channels === 1 ? [1] : luma;
  const rows = chosen
    ? int32Of(chosen).subarray(0, mostImages)
    : Int32Array.from({ length: Math.min(mostImages, count) }, (_, index) => index);
  const pixels = featuresOf(features);
  const targets = labels.dtype === "int32" ? int32Of(labels) : float32Of(labels);
  const images = Array.from(rows, (row) => ({
    pixels: Float32Array.from({ length: height! * width! }, (_, pixel) =>
      weights.reduce(
        (sum, weight, channel) => sum + weight * pixels[row * size + pixel * channels + channel]! * scale,
        0,
      ),
    ),
    caption: classes ? (classes[targets[row]!] ?? "?") : formatNumber(targets[row]!),
  }));
  return [heading, { type: "images", height: height!, width: width!, images }, ...recipe];
}
