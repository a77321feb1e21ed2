/**
 * How fast this machine multiplies: the rate of a large float32 product in ONNX Runtime, on so many threads. It is what
 * the rate of a training's steps is held against, for telling; nothing is decided by it.
 *
 * It is measured once in a process for each number of threads, within `mostMs` where the machine is not slower than a
 * few GFLOP/s: a product of two 640 × 640 matrices, 0.52 GFLOP, is done again until that time is over, and the fastest
 * counts. What is measured once stands, however busy the machine is later.
 */
import { OnnxGraph } from "../onnx/graph.js";
import { type Feed, Session } from "./session.js";

const side = 640;
const mostMs = 120;

const measured = new Map<number, number>();

/**
 * @param now  milliseconds
 * @returns    floating-point operations a second, where a multiplication and an addition are two
 */
export function productRate(threads: number, now: () => number = () => performance.now()): number {
  const known = measured.get(threads) ?? measure(threads, now);
  measured.set(threads, known);
  return known;
}

function measure(threads: number, now: () => number): number {
  const graph = new OnnxGraph();
  const shape = [side, side];
  const [a, b] = [graph.input("float32", shape), graph.input("float32", shape)];
  const [wanted] = graph.outputs([{ name: graph.add("MatMul", [a, b]), type: "float32", shape }]);
  const session = new Session(graph.model(), { threads, spins: threads > 1 });
  const value = Float32Array.from({ length: side * side }, (_, index) => (index % 17) / 17);
  const feeds = new Map<string, Feed>([a, b].map((name) => [name, { type: { dtype: "float32", shape }, value }]));
  try {
    const startedAt = now();
    let best = Number.POSITIVE_INFINITY;
    for (let at = startedAt; at - startedAt < mostMs; ) {
      session.run(feeds, [wanted!]);
      const after = now();
      best = Math.min(best, Math.max(0.001, after - at));
      at = after;
    }
    return (2 * side ** 3 * 1000) / best;
  } finally {
    session.dispose();
  }
}
