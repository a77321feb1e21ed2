/** What names and commands a pipeline that is written tells. */
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
