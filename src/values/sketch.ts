/**
 * What a figure shows, in a form that a terminal can draw: a table of texts, curves and points over one axis, or grey
 * images. Columns named in `numbers` are set to the right. `null` breaks a line.
 */
export type Sketch =
  | {
      readonly type: "table";
      readonly title?: string;
      readonly columns: readonly string[];
      readonly numbers?: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | {
      readonly type: "plot";
      readonly title?: string;
      readonly x: string;
      readonly y: string;
      readonly series: readonly {
        readonly name: string;
        readonly marks: "line" | "points";
        readonly points: readonly (readonly [number, number | null])[];
      }[];
      /** Intervals of x to mark, such as gaps in the training data. */
      readonly shaded?: readonly (readonly [number, number])[];
    }
  | {
      readonly type: "images";
      readonly title?: string;
      readonly height: number;
      readonly width: number;
      /** Each with bytes of light, row by row, in base64. */
      readonly images: readonly { readonly caption: string; readonly pixels: string }[];
      /** How many the picture has besides. */
      readonly more?: number;
    };
