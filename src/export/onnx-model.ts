/**
 * A model as an ONNX file, opset 17: from the numbers of a file to logits and probabilities, or predictions.
 *
 * What `normalize` and `impute` do in doubles is done in doubles here, each scaling rounded to float32, so that a
 * network is shown the same numbers to the last bit. Members of an ensemble stand in one graph; what they say is added
 * up in doubles.
 */
import { isImputation, needsDoubles } from "../learn/normalization.js";
import { OnnxGraph, type OnnxType } from "../onnx/graph.js";
import { ownVersion } from "../util/entries.js";
import type { Described, DescribedMember, ExportedFiles } from "./described.js";
import { bytesOf, writeNetwork } from "./onnx-network.js";
import { normalizationOp } from "./onnx-normalization.js";

const opset = 17;
/** Version of the format that came with opset 17. */
const irVersion = 8;

export function onnxFiles(described: Described): ExportedFiles {
  const graph = new OnnxGraph("value_");
  const { input, outputs } = described;
  graph.input(input.dtype, input.shape, input.name);
  const said = described.members.map((member) =>
    saidBy(graph, member, writeNetwork(graph, member, shown(graph, described, member))),
  );
  (described.areClasses ? writeClasses : writeNumbers)(graph, described, said);
  for (const { name, dtype, shape } of outputs) graph.output(name, dtype, shape);
  const producer = { name: "hw1", version: ownVersion() };
  return { "model.onnx": graph.model({ opset, irVersion, producer, metadata: described.metadata }) };
}

const cast = (graph: OnnxGraph, x: string, to: "float32" | "float64"): string =>
  graph.add("Cast", [x], { to: { int: to === "float32" ? 1 : 11 } });
const doubles = (graph: OnnxGraph, values: readonly number[]): string =>
  graph.constant("float64", [values.length], bytesOf({ data: Float64Array.from(values) }));
const gathered = (graph: OnnxGraph, x: string, order: Int32Array | null): string =>
  order ? graph.add("Gather", [x, graph.ints([...order])], { axis: { int: 1 } }) : x;

/** The input as a member's network is shown it: its columns, on its scale. */
function shown(graph: OnnxGraph, { input }: Described, { columns, scale, normalization }: DescribedMember): string {
  const x = gathered(graph, input.name, columns);
  if (normalization.length === 0) {
    const narrow = input.dtype === "float64" ? cast(graph, x, "float32") : x;
    return scale === 1 ? narrow : graph.add("Mul", [narrow, graph.float(scale)]);
  }
  let value = x;
  let type: OnnxType = input.dtype;
  for (const [index, step] of normalization.entries()) {
    const wide = type === "float64" ? value : cast(graph, value, "float64");
    const given = index === 0 && scale !== 1 ? graph.add("Mul", [wide, doubles(graph, [scale])]) : wide;
    const done = normalizationOp(graph, step, given);
    const isWide: boolean = isImputation(step) && needsDoubles(step, type === "float64");
    value = isWide ? done : cast(graph, done, "float32");
    type = isWide ? "float64" : "float32";
  }
  return type === "float64" ? cast(graph, value, "float32") : value;
}

/** What a network gives, as the whole reads it: a logit per class, or numbers in the units of the targets. */
function saidBy(graph: OnnxGraph, { readAs, targetScaling }: DescribedMember, outputs: string): string {
  // The logit of the second of two classes, beside which the first one's is 0.
  if (readAs === "sigmoid") return graph.add("Pad", [outputs, graph.ints([0, 1, 0, 0])]);
  if (!targetScaling) return outputs;
  const { offset, divisor } = targetScaling;
  const wide = graph.add("Mul", [cast(graph, outputs, "float64"), doubles(graph, divisor)]);
  return cast(graph, graph.add("Add", [wide, doubles(graph, offset)]), "float32");
}

function writeNumbers(graph: OnnxGraph, { members, rule }: Described, said: readonly string[]): void {
  if (rule === null) graph.addAs("predictions", "Identity", [said[0]!]);
  else {
    const all = said.map((value, index) => cast(graph, gathered(graph, value, members[index]!.outputs), "float64"));
    const mean = graph.add("Div", [summed(graph, all), doubles(graph, [members.length])]);
    graph.addAs("predictions", "Cast", [mean], { to: { int: 1 } });
  }
}

function writeClasses(graph: OnnxGraph, described: Described, said: readonly string[]): void {
  const { rule } = described;
  if (rule === null) {
    graph.addAs("logits", "Identity", [said[0]!]);
    graph.addAs("probabilities", "Softmax", ["logits"], { axis: { int: 1 } });
    return;
  }
  const logs = meanLogs(graph, described, said);
  if (rule === "vote") {
    writeVotes(graph, described, said, logs);
    return;
  }
  graph.addAs("logits", "Cast", [logs], { to: { int: 1 } });
  // Those of doubles: nothing is lost of what the members agree about.
  const shares = graph.add("Softmax", [logs], { axis: { int: 1 } });
  graph.addAs("probabilities", "Cast", [shares], { to: { int: 1 } });
}

/** ln of the mean probabilities, float64 [batch, classes]. */
function meanLogs(graph: OnnxGraph, { members }: Described, said: readonly string[]): string {
  const each = said.map((logits, index) => {
    const logs = graph.add("LogSoftmax", [cast(graph, logits, "float64")], { axis: { int: 1 } });
    return graph.add("Unsqueeze", [gathered(graph, logs, members[index]!.outputs), graph.ints([1])]);
  });
  const beside = graph.add("Concat", each, { axis: { int: 1 } });
  const sum = graph.add("ReduceLogSumExp", [beside], { axes: { ints: [1] }, keepdims: { int: 0 } });
  return graph.add("Sub", [sum, doubles(graph, [Math.log(members.length)])]);
}

/**
 * Shares of the votes, and as the largest of a row the class that is elected: of those with most votes the one with the
 * largest mean probability. Where an earlier one has as many, that share is the next float32.
 */
function writeVotes(graph: OnnxGraph, { members, width }: Described, said: readonly string[], logs: string): void {
  const first = { axis: { int: 1 }, keepdims: { int: 1 } };
  const places = graph.ints(Array.from({ length: width }, (_, index) => index));
  const oneHot = (index: string): string => cast(graph, graph.add("Equal", [index, places]), "float64");
  const ballots = said.map((logits, index) =>
    gathered(graph, oneHot(graph.add("ArgMax", [logits], first)), members[index]!.outputs),
  );
  const votes = summed(graph, ballots);
  const half = graph.add("Mul", [graph.add("Exp", [logs]), doubles(graph, [0.5])]);
  const elected = graph.add("ArgMax", [graph.add("Add", [votes, half])], first);
  const isLater = cast(graph, graph.add("Less", [graph.add("ArgMax", [votes], first), elected]), "float64");
  // In the middle between half and one and a half times what a float32 of that size is apart from the next.
  const more = graph.add("Mul", [graph.add("Mul", [oneHot(elected), isLater]), doubles(graph, [1.5 * 2 ** -24])]);
  const shares = graph.add("Div", [votes, doubles(graph, [members.length])]);
  const told = graph.add("Mul", [shares, graph.add("Add", [more, doubles(graph, [1])])]);
  graph.addAs("probabilities", "Cast", [told], { to: { int: 1 } });
}

const summed = (graph: OnnxGraph, values: readonly string[]): string =>
  values.reduce((sum, value) => graph.add("Add", [sum, value]));
