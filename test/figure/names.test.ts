/** Names, labels and titles come from files: whatever they hold, a figure is drawn and its SVG is well-formed. */
import { expect, test } from "vitest";
import { figureOf } from "../../src/figure/figure.js";
import { renderPng } from "../../src/figure/png.js";
import { namedAxis } from "../../src/figure/scale.js";
import { renderSvg } from "../../src/figure/svg.js";
import { classificationReport } from "../../src/stages/figures/classification-report.js";
import { confusionMatrix } from "../../src/stages/figures/confusion-matrix.js";
import { evaluationData, textsOf } from "./data.js";

const names = [
  "A & B <c>",
  '"quoted"',
  "]]>",
  "\u0001\u001b[31mred",
  "\u2028line",
  "\u202eright",
  "\ud800",
  "\uffff",
  "tab\there",
  "<!--",
  "",
  "{x} ${y}",
  "x".repeat(100_000),
  "😀",
];
const counts = names.map((_, row) => names.map((_name, column) => (row === column ? 3 : 1)));

/** Holds no character that XML refuses, and no `<` or `&` that opens nothing. */
function wellFormed(svg: string): boolean {
  const stack: string[] = [];
  const rest = svg.replace(
    /<(\/?)([\w:]+)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#\w+);[^"<&]*)*")*)\s*(\/?)>/g,
    (_whole, closing: string, name: string, _attributes, empty: string) => {
      if (closing) expect(stack.pop()).toBe(name);
      else if (!empty) stack.push(name);
      return "";
    },
  );
  return (
    stack.length === 0 &&
    !/[<\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]|&(?!(?:amp|lt|gt|quot|#\w+);)/u.test(rest)
  );
}

test("markup, control characters, lone surrogates and very long names are drawn", async () => {
  for (const figure of [
    confusionMatrix(evaluationData(names, counts), names.join("")),
    classificationReport(evaluationData(names, counts), "T <b>&amp;</b> \u0001"),
  ]) {
    const { svg, width } = await renderSvg(figure.specification);
    expect(wellFormed(svg)).toBe(true);
    expect(textsOf(svg).join("\n")).toContain("\\u0001\\u001b[31mred");
    expect(width).toBeLessThan(4000);
    expect((await renderPng(svg)).length).toBeGreaterThan(1000);
  }
});

test("so are the names that an axis spells in an expression", async () => {
  const { svg } = await renderSvg(
    figureOf("fit", "t", [], {
      data: { values: names.map((_, at) => ({ at })) },
      mark: "point",
      encoding: { y: { field: "at", type: "quantitative", axis: namedAxis(names), title: names.join(" ") } },
    }).specification,
  );
  expect(wellFormed(svg)).toBe(true);
  expect(textsOf(svg)).toContain("\\u2028line");
});
