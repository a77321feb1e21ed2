/**
 * Figures of the full studies that the page shows, as `docs/figures/study-*.svg`.
 *
 * Of the regression on the course's points only those that draw none of them. What a picture says to a screen reader is
 * its alternative text there, so labels of single marks are left out, which halves it; the font is named once.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Shown } from "../../src/text/shown.js";
import { type Asked, show } from "./collect.js";
import { root } from "./extract.js";

export interface StudyFigure {
  readonly name: string;
  readonly pipeline: string;
  readonly stage: string;
  readonly alt: string;
}

export const studyFigures: readonly StudyFigure[] = [
  {
    name: "search-dense",
    pipeline: "mnist-search",
    stage: "figure_dense_funnel",
    alt: "Search funnel of the dense networks",
  },
  {
    name: "search-conv",
    pipeline: "mnist-search",
    stage: "figure_conv_funnel",
    alt: "Search funnel of the convolutional networks",
  },
  {
    name: "comparison",
    pipeline: "mnist-final",
    stage: "comparison",
    alt: "Accuracy of M1, M2 and M3 with 95 % intervals, and their differences",
  },
  { name: "m3-curves", pipeline: "mnist-final", stage: "m3_curves", alt: "Learning curves of M3" },
  { name: "m3-confusion", pipeline: "mnist-final", stage: "figure_11", alt: "Confusion matrix of M3 on the test set" },
  { name: "m1-weights", pipeline: "mnist-final", stage: "figure_9", alt: "Weight histograms of M1" },
  {
    name: "m3-weights",
    pipeline: "mnist-final",
    stage: "figure_13",
    alt: "Weight histograms of the two dense layers of M3",
  },
  {
    name: "m3-kernels",
    pipeline: "mnist-final",
    stage: "figure_15a",
    alt: "The 128 kernels of the first convolution of M3",
  },
  {
    name: "m3-maps",
    pipeline: "mnist-final",
    stage: "figure_16b",
    alt: "What the second convolution of M3 gives for a digit 3",
  },
  {
    name: "m3-preferred",
    pipeline: "mnist-final",
    stage: "m3_liked_4",
    alt: "Images that the classes of M3 would rather see",
  },
  { name: "regression-funnel", pipeline: "regression", stage: "figure_funnel", alt: "Search funnel of the regression" },
];

/** Of the names of their files, beside the pictures of the reference page. */
export const studyPrefix = "study-";
export const studyPath = (name: string): string => join(root, "docs", "figures", `${studyPrefix}${name}.svg`);

/** What one may weigh; a page of ten is then half a megabyte. */
const mostBytes = 60_000;

export function copyFigures(asked: Asked): readonly { readonly path: string; readonly svg: string }[] {
  const pipeline = basename(asked.file).replace(/\.ya?ml$/, "");
  const wanted = studyFigures.filter((figure) => figure.pipeline === pipeline);
  const known = new Map((show(asked) as readonly Shown[]).map((shown) => [shown.stage, shown]));
  return wanted.flatMap(({ name, stage }) => {
    const shown = known.get(stage);
    const path = shown?.figures.find(({ format }) => format === "svg")?.path;
    if (!shown || shown.digest === null || !path) {
      process.stderr.write(`study-${name}: ${shown ? (shown.missing ?? "no figure") : `no stage ${stage}`}\n`);
      return [];
    }
    const svg = slim(readFileSync(path, "utf8"));
    const foreign = foreignIn(svg);
    if (foreign) throw new Error(`study-${name}: ${foreign}`);
    if (Buffer.byteLength(svg) > mostBytes)
      process.stderr.write(`study-${name}: ${Buffer.byteLength(svg)} bytes, which is more than ${mostBytes}\n`);
    return [{ path: studyPath(name), svg }];
  });
}

/** The same picture in fewer bytes. */
export function slim(svg: string): string {
  const plain = svg.replaceAll(/ (?:aria-[a-z]+|role|class)="[^"]*"/g, "");
  const fonts = new Set([...plain.matchAll(/ font-family="([^"]*)"/g)].map(([, font]) => font!));
  if (fonts.size !== 1) return plain;
  return plain.replaceAll(/ font-family="[^"]*"/g, "").replace("<svg ", `<svg font-family="${[...fonts][0]}" `);
}

/** What a page that shows the picture would not load, or not let run. */
export function foreignIn(svg: string): string | undefined {
  if (/<script\b|<foreignObject\b|\son[a-z]+=/i.test(svg)) return "it has a script";
  const far = [...svg.matchAll(/(?:href="|url\(["']?)(?!#|data:image\/)([^")]*)/g)].map(([, place]) => place);
  return far.length > 0 || /@import|@font-face/.test(svg) ? `it refers to ${far[0] ?? "a style sheet"}` : undefined;
}
