/**
 * What a figure shows, in a form that a terminal can draw: a table of texts, sentences, curves and points over one
 * axis, bars, a matrix of classes, or grey images. Columns named in `numbers` are set to the right. `null` breaks a
 * line.
 */
export type Sketch =
  | {
      readonly type: "table";
      readonly title?: string;
      readonly columns: readonly string[];
      readonly numbers?: readonly string[];
      readonly rows: readonly (readonly string[])[];
      /** Headings give way before a column is left out. */
      readonly whole?: true;
    }
  /** Sentences, each as long as it is. */
  | { readonly type: "text"; readonly title?: string; readonly lines: readonly string[] }
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
      readonly type: "bars";
      readonly title?: string;
      /** What stands side by side; one alone needs no name. */
      readonly series: readonly string[];
      /** A bar of each series, as long as its value, and what is written behind it; null where it has none. */
      readonly rows: readonly {
        readonly name: string;
        readonly bars: readonly ({ readonly value: number; readonly text: string } | null)[];
      }[];
    }
  | {
      readonly type: "matrix";
      readonly title?: string;
      readonly names: readonly string[];
      /** [true][predicted], counts. */
      readonly counts: readonly (readonly number[])[];
      /** Cells are shares of their row or column; absent: counts. */
      readonly shares?: "row" | "column";
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
