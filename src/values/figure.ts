/** A drawn figure: its picture in two formats, its specification, and a sketch of it for a terminal. */
import type { Sketch } from "./sketch.js";

/** figure. blobs, of dtype bytes: `svg`, `png`, and `specification`, Vega-Lite or Vega as canonical JSON. */
export type FigureData = {
  readonly figure: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** The same for a terminal; none where only a picture shows it. */
  readonly sketch?: readonly Sketch[];
};

declare module "./output.js" {
  interface OutputTypes {
    readonly figure: FigureData;
  }
}
