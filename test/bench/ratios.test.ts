/** What `npm run bench -- --json` prints, from what the rounds said. */
import { expect, test } from "vitest";
import { benchmarksPage } from "../../bench/page.js";
import { type Peer, peers, suits } from "../../bench/peers.js";
import { bestPytorch, type Rates, ratioLine } from "../../bench/ratios.js";

const setting = { threads: 2, processes: 1 };
const rates = (entries: Partial<Record<Peer, readonly number[]>>): Rates =>
  new Map(Object.entries(entries) as [Peer, readonly number[]][]);

test("hw1 is held against PyTorch's fastest variant, and against the plain one", () => {
  const found = rates({
    hw1: [30, 20, 40],
    pytorch: [10, 20, 20],
    "pytorch-channels-last": [20, 40, 40],
    "pytorch-compile": [60, 15, 30],
  });
  // By the medians 20, 40 and 30; the ratios of the rounds are 1.5, 0.5, 1 and 3, 1, 2.
  expect(bestPytorch(found)).toBe("pytorch-channels-last");
  expect(ratioLine("small-cnn", setting, found)).toEqual({
    name: "small-cnn",
    threads: 2,
    ratios: { pytorch: 1, pytorch_eager: 2, "tfjs-node": null },
  });
});

test("of variants that take no part nobody is the best, and there is no ratio", () => {
  const found = rates({ hw1: [30], old: [20] });
  expect(bestPytorch(found)).toBeNull();
  expect(ratioLine("mlp", { threads: 1, processes: 2 }, found)).toEqual({
    name: "mlp",
    threads: 1,
    processes: 2,
    ratios: { pytorch: null, pytorch_eager: null, "tfjs-node": null, old: 1.5 },
  });
  const careful = rates({ hw1: [30], "pytorch-compile": [60] });
  expect(ratioLine("mlp", setting, careful)).toMatchObject({ ratios: { pytorch: 0.5, pytorch_eager: null } });
});

test("channels_last is for networks with convolutions", () => {
  const suiting = (name: "small-cnn" | "mlp"): readonly Peer[] => peers.filter((peer) => suits(peer, name));
  expect(suiting("small-cnn")).toEqual(peers);
  expect(suiting("mlp")).toEqual(["hw1", "pytorch", "pytorch-compile", "tfjs-node"]);
});

test("the page says where hw1 is behind, and which variant is ahead of it", () => {
  const pageOf = (found: Rates): string =>
    benchmarksPage([{ name: "small-cnn", setting, rates: found, peakMb: new Map([["hw1", 200]]), share: 0.5 }], {
      present: new Map([["hw1", "ONNX Runtime 1"]]),
      missing: ["tfjs-node takes no part: it cannot be loaded."],
      productRates: new Map([[2, 100e9]]),
      seconds: "3",
      rounds: "2",
    });
  const slow = pageOf(rates({ hw1: [20, 20], pytorch: [16, 16], "pytorch-compile-channels-last": [40, 40] }));
  expect(slow).toContain("behind PyTorch's best variant:** small-cnn, 2 threads (0.50, compile, channels-last).");
  expect(slow).toContain("tfjs-node takes no part: it cannot be loaded.");
  expect(slow).toContain("| small-cnn, 2 threads | 0.50 | compile, channels-last | 1.25 | – | 200 / – / – | 50 % |");
  expect(pageOf(rates({ hw1: [20], pytorch: [16] }))).toContain("hw1 is nowhere behind PyTorch's best variant.");
  expect(pageOf(rates({ hw1: [20] }))).toContain("PyTorch took no part.");
});
