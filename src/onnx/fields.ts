/**
 * Numbers of an ONNX model's fields, by message, and of the enumerations that are written; named as in onnx.proto.
 *
 * Source: onnx.proto of ONNX 1.15 (github.com/onnx/onnx). A test reads what is written with another library.
 */
export const ModelProto = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
} as const;
export const StringStringEntryProto = { key: 1, value: 2 } as const;
export const OperatorSetIdProto = { domain: 1, version: 2 } as const;
export const GraphProto = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
export const NodeProto = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
export const AttributeProto = { name: 1, f: 2, i: 3, s: 4, g: 6, ints: 8, type: 20 } as const;
export const TensorProto = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;
export const ValueInfoProto = { name: 1, type: 2 } as const;
export const TypeProto = { tensorType: 1 } as const;
/** TypeProto.Tensor */
export const TensorTypeProto = { elemType: 1, shape: 2 } as const;
export const TensorShapeProto = { dim: 1 } as const;
/** TensorShapeProto.Dimension */
export const DimensionProto = { dimValue: 1, dimParam: 2 } as const;

/** AttributeProto.AttributeType */
export const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

/** TensorProto.DataType */
export const dataTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
