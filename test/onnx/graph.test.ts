import { onnx } from "onnx-proto";
import { expect, test } from "vitest";
import { OnnxGraph } from "../../src/onnx/graph.js";

test("a graph's bytes are what another ONNX library reads", () => {
  const graph = new OnnxGraph();
  const x = graph.input("float32", ["steps", 3]);
  const sum = graph.add("ReduceSum", [x, graph.ints([-1, 300])], { keepdims: { int: 1 } });
  const leaky = graph.add("LeakyRelu", [sum], { alpha: { float: 0.25 } });
  const turned = graph.add("Transpose", [leaky], { perm: { ints: [1, 0] } });
  const fused = graph.add("FusedMatMul", [turned, leaky], { transA: { int: 0 } });
  graph.output(fused, "float32", [1, 1]);
  const model = onnx.ModelProto.decode(graph.model());
  expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([
    ["", 20],
    ["com.microsoft", 1],
  ]);
  expect(model.graph!.node!.map((node) => node.opType)).toEqual(["ReduceSum", "LeakyRelu", "Transpose", "FusedMatMul"]);
  expect(model.graph!.node![1]!.attribute![0]!.f).toBe(0.25);
  expect(model.graph!.node![2]!.attribute![0]!.ints!.map(Number)).toEqual([1, 0]);
  expect(model.graph!.node![3]!.domain).toBe("com.microsoft");
  const dimensions = model.graph!.input![0]!.type!.tensorType!.shape!.dim!;
  expect([dimensions[0]!.dimParam, Number(dimensions[1]!.dimValue)]).toEqual(["steps", 3]);
  const axes = model.graph!.initializer![0]!;
  expect([...new BigInt64Array(Uint8Array.from(axes.rawData!).buffer)]).toEqual([-1n, 300n]);
});

test("names, metadata and versions that are asked for stand in the bytes, and no domain that is not used", () => {
  const graph = new OnnxGraph("value_");
  const x = graph.input("float32", ["batch", 2], "table");
  const weight = graph.constantAs("weight", "float32", [2], new Uint8Array(Float32Array.of(3, 4).buffer));
  const same = graph.constantAs("other", "float32", [2], new Uint8Array(Float32Array.of(3, 4).buffer));
  graph.addAs("sum", "Add", [graph.add("Mul", [x, weight]), same]);
  graph.output("sum", "float32", ["batch", 2]);
  const bytes = graph.model({
    opset: 17,
    irVersion: 8,
    producer: { name: "hw1", version: "1.2.3" },
    metadata: { classes: '["ä"]' },
  });
  const model = onnx.ModelProto.decode(bytes);
  expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([["", 17]]);
  expect([Number(model.irVersion), model.producerName, model.producerVersion]).toEqual([8, "hw1", "1.2.3"]);
  expect(model.metadataProps!.map(({ key, value }) => [key, value])).toEqual([["classes", '["ä"]']]);
  expect(model.graph!.node!.map(({ name, output }) => [name, output])).toEqual([
    ["", ["value_0"]],
    ["sum", ["sum"]],
  ]);
  expect(model.graph!.initializer!.map(({ name }) => name)).toEqual(["weight", "other"]);
});
