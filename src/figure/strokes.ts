/** How lines side by side are told apart: by colour and by dash, both in the legend. */
import { darkColour, dashes, lightColour, palette } from "./figure.js";

/** Where colours begin anew, dashes are shifted by one, so that no two of 49 look the same. */
export const dashOf = (place: number): readonly number[] =>
  dashes[(place + Math.floor(place / palette.length)) % dashes.length]!;
export const colourOf = (place: number): string => palette[place % palette.length]!;

/** Encodings of a field that names lines. @param legend  null where there is nothing to tell apart */
export function strokes(
  field: string,
  names: readonly string[],
  legend: Readonly<Record<string, unknown>> | null,
  look: { readonly colour: (place: number) => string; readonly dash: (place: number) => readonly number[] } = {
    colour: colourOf,
    dash: dashOf,
  },
): Readonly<Record<"color" | "strokeDash", unknown>> {
  // Names may be followed by numbers, which are not to be cut off.
  const symbols = { symbolType: "stroke", symbolSize: 700, symbolStrokeWidth: 2, symbolOpacity: 1, labelLimit: 420 };
  const of = (range: readonly unknown[]) => ({
    field,
    type: "nominal",
    scale: { domain: names, range },
    legend: legend && { title: null, orient: "right", ...symbols, ...legend },
  });
  return {
    color: of(names.map((_, place) => look.colour(place))),
    strokeDash: of(names.map((_, place) => look.dash(place))),
  };
}

/** What stands below curves by epoch. */
export const legendBelow = { orient: "bottom", symbolSize: 500 } as const;

/** Of curves by epoch: training is a dark line, validation a lighter one of dashes. @param sets  drawn, in this order */
export const setStrokes = (sets: readonly string[], dashed: readonly number[] = [6, 3]): ReturnType<typeof strokes> =>
  strokes("of", sets, legendBelow, {
    colour: (place) => (place === 0 ? darkColour : lightColour),
    dash: (place) => (place === 0 ? dashes[0] : dashed),
  });
