/**
 * SVG as PNG, by resvg, with the font that we ship and none of the machine's, so that the same text gives the same
 * bytes everywhere. resvg is native code and is loaded when the first picture is rendered.
 */
import { fontFiles } from "./font.js";

/**
 * @param scale  picture elements a px: 2 is sharp on dense screens and prints 160 mm wide from 640 px at 200 dpi
 * @returns      the bytes of an RGBA PNG on white, [ceil(height × scale), ceil(width × scale)]
 */
export async function renderPng(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  // resvg 2.6 does not know `pixelated` and would smooth small images; the older word says the same.
  const known = svg.replaceAll("image-rendering: pixelated", "image-rendering: optimizeSpeed");
  const picture = new Resvg(known, {
    fitTo: { mode: "zoom", value: scale },
    background: "white",
    font: { loadSystemFonts: false, fontFiles: [...fontFiles()], defaultFontFamily: "DejaVu Sans" },
  });
  return new Uint8Array(picture.render().asPng());
}

/**
 * A small raster as PNG, one picture element per value, for use as an image inside a figure.
 *
 * @param pixels  [height, width, channels], each 0 … 255; channels is 1 (grey) or 3 (red, green, blue)
 */
export async function renderPixels(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const marks: string[] = [];
  const colour = (at: number): string => {
    const [red, green, blue] =
      channels === 1 ? [pixels[at], pixels[at], pixels[at]] : [pixels[at], pixels[at + 1], pixels[at + 2]];
    return `rgb(${red},${green},${blue})`;
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; ) {
      const fill = colour((y * width + x) * channels);
      let end = x + 1;
      while (end < width && colour((y * width + end) * channels) === fill) end++;
      marks.push(`<path fill="${fill}" d="M${x} ${y}H${end}v1H${x}z"/>`);
      x = end;
    }
  const size = `width="${width}" height="${height}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} shape-rendering="crispEdges">`;
  const svg = `${head}${marks.join("")}</svg>`;
  return new Uint8Array(new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng());
}
