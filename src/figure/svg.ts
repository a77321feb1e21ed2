/**
 * A specification as SVG, by Vega without a screen. The same specification gives the same text.
 *
 * Vega and Vega-Lite are loaded when the first figure is rendered and not before, because they take longer to load
 * than `plan` or `check` take to run.
 */
import type { LoggerInterface, Spec } from "vega";
import type { TopLevelSpec } from "vega-lite";
import { escapedLines } from "../util/escape.js";
import type { JsonObject } from "../util/json.js";
import { textWidth } from "./font.js";

/** The drawn figure and its size in px, margins included. */
interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** @throws Error with Vega's words when the specification is none */
export async function renderSvg(specification: JsonObject): Promise<Drawing> {
  const vega = await loadVega();
  const problems: string[] = [];
  const logger = new QuietLogger(problems);
  // Compiling writes into the specification, which belongs to the caller. Vega itself says where it is none.
  const copy: unknown = structuredClone(specification);
  const spec = isVegaLite(specification)
    ? (await import("vega-lite")).compile(copy as TopLevelSpec, { logger }).spec
    : (copy as Spec);
  const view = new vega.View(vega.parse(spec), { renderer: "none", logger });
  try {
    // A text that an expression made of harmless parts may hold what XML does not allow.
    const svg = escapedLines(renumber(await view.toSVG()));
    // Vega catches errors while it evaluates, logs them and draws what is left.
    if (problems.length > 0) throw new Error(`a figure's specification is broken: ${problems.join("; ")}`);
    return { svg, ...sizeOf(svg) };
  } finally {
    view.finalize();
  }
}

const isVegaLite = (specification: JsonObject): boolean =>
  !String(specification.$schema ?? "").includes("/schema/vega/");

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  readonly limit?: number;
}
interface TextMetrics {
  width: (item: TextItem, text: unknown) => number;
}

async function loadVega(): Promise<typeof import("vega")> {
  const vega = await import("vega");
  // A part that its types leave out.
  const exported: object = vega;
  const { textMetrics } = exported as { readonly textMetrics: TextMetrics };
  textMetrics.width = itemWidth;
  return vega;
}

/** Vega's own question, answered from the font that we ship; what is longer than its limit will be cut there. */
function itemWidth(item: TextItem, text: unknown): number {
  const bold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
  const width = textWidth(
    text === null || text === undefined ? "" : String(text).trim(),
    item.fontSize ?? 11,
    bold ? "bold" : "normal",
  );
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

/**
 * Vega numbers clip paths and gradients through the whole life of a process; here they count from 0 in every figure.
 */
function renumber(svg: string): string {
  const seen: Record<string, string[]> = { clip: [], gradient_: [] };
  return svg.replace(
    /(\bid="|url\(#)(clip|gradient_)(\d+)/g,
    (_whole, before: string, prefix: string, number: string) => {
      const numbers = seen[prefix]!;
      if (!numbers.includes(number)) numbers.push(number);
      return `${before}${prefix}${numbers.indexOf(number)}`;
    },
  );
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** Warnings of Vega are about matters of style and belong on no screen; errors are gathered. */
class QuietLogger implements LoggerInterface {
  constructor(private readonly problems: string[]) {}

  level(): number;
  level(level: number): this;
  level(level?: number): number | this {
    return level === undefined ? 1 : this;
  }
  error(...words: readonly unknown[]): this {
    this.problems.push(words.map((word) => (word instanceof Error ? word.message : String(word))).join(" "));
    return this;
  }
  warn(): this {
    return this;
  }
  info(): this {
    return this;
  }
  debug(): this {
    return this;
  }
}
