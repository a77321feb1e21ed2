/** Packages whose versions decide the bytes of a figure: its layout, its picture elements, its letters. */
export const renderer: readonly string[] = ["vega", "vega-lite", "@resvg/resvg-js", "dejavu-fonts-ttf"];
