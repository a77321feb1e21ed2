/** What pipelines that are written have in common: the names that they tell, and how they end. */
/** What the file says besides the guess. */
export interface PipelineNames {
  /** Of the pipeline. */
  readonly name: string;
  /** The pipeline's file, as a command names it. */
  readonly file: string;
  /** The data, from the pipeline's folder. */
  readonly data: string;
  /** The command that wrote it. */
  readonly command: string;
}

/** How the model leaves: a stage that is there to be wished for. */
export const exported = (data: string): readonly string[] => [
  "",
  "  # The model as a file for Python, browsers and others (docs/export.md): take away the `#`.",
  `  # file: {kind: export, model: model, format: onnx, data: ${data}}`,
];
