import { expect, test } from "vitest";
import { previewText } from "../../src/text/preview.js";
import { distinct, type NetworkTable, networkPart, networksPreview } from "../../src/values/network.js";

const network = (units: number): NetworkTable => ({
  batchSize: 16,
  layers: [
    { name: "residual_1", depth: 0, output: [units], parameters: 0, multiplyAdds: 0, bytes: 64 * units },
    { name: "residual_1.dense_1", depth: 1, output: [units], parameters: 3 * units, multiplyAdds: 2000, bytes: 12_345 },
    { name: "flatten_1", depth: 0, output: [units], parameters: 0, multiplyAdds: 0, bytes: 0 },
  ],
  total: { parameters: 3 * units, multiplyAdds: 2000, stepMultiplyAdds: 4000, bytes: 12_345 + 64 * units },
});
const drawn = (part: ReturnType<typeof networkPart>, columns: number): readonly string[] =>
  previewText([part], { color: false, columns });

test("what a block is made of stands below it, numbers at the right, and a total", () => {
  expect(drawn(networkPart(network(1000)), 80)).toEqual([
    "  layer       output  parameters  multiply-adds  MB at batch 16",
    "  residual_1  [1000]                                      0.064",
    "    dense_1   [1000]       3,000          2,000          0.0123",
    "  flatten_1   [1000]",
    "  total                    3,000          2,000          0.0763",
  ]);
});

test("where the terminal is narrow columns go, settings first, and names and parameters stay", () => {
  const words = new Map([["residual_1.dense_1", "units 1000, activation leaky_relu"]]);
  const at = (columns: number): string | undefined => drawn(networkPart(network(1000), words), columns)[2];
  const full = "    dense_1   [1000]       3,000          2,000          0.0123";
  expect(at(110)).toBe(`${full}  units 1000, activation leaky_relu`);
  expect(at(70)).toBe(full);
  expect(at(50)).toBe("    dense_1   [1000]       3,000          2,000");
  expect(at(40)).toBe("    dense_1   [1000]       3,000");
  expect(at(26)).toBe("    dense_1        3,000");
  expect(drawn(networkPart(network(1000), words), 20).every((line) => line.length <= 20)).toBe(true);
});

test("each network is told once, with who trains it", () => {
  const networks = distinct([
    { stage: "tried", key: "8", network: network(8) },
    { stage: "tried", key: "16", network: network(16) },
    { stage: "tried", key: "8b", network: network(8) },
    { stage: "net", key: null, network: network(8) },
  ]);
  expect(networks.map(({ stages }) => stages)).toEqual([
    [{ stage: "tried", keys: ["8", "8b"] }, { stage: "net" }],
    [{ stage: "tried", keys: ["16"] }],
  ]);
  const headings = networksPreview(networks, "trial").flatMap((part) => (part.type === "heading" ? [part.more] : []));
  expect(headings).toEqual([": tried, 2 trials (8, …); net", ": tried, trial 16"]);
});

test("of many networks some are told, and the others counted", () => {
  const networks = distinct(
    Array.from({ length: 9 }, (_, index) => ({ stage: "tried", key: `${index}`, network: network(index + 1) })),
  );
  const lines = previewText(networksPreview(networks, "trial"), { color: false, columns: 80 });
  expect(lines.filter((line) => line.startsWith("Network")).length).toBe(6);
  expect(lines.slice(-2)).toEqual(["", "… 3 more networks (`--json` lists all)"]);
});
