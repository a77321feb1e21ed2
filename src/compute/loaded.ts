/**
 * A network read from a file's bytes by what its users read it with: how an exported file is checked by the stages that
 * write it.
 */
export interface LoadedNetwork {
  /**
   * @param input  its one input, by name
   * @returns      float32, flat, each output that is named
   */
  run(
    name: string,
    input: { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array },
    outputs: readonly string[],
  ): Promise<readonly Float32Array[]>;
  dispose(): void;
}
/** @param files  by their names */
export type NetworkLoader = (files: Readonly<Record<string, Uint8Array>>) => Promise<LoadedNetwork>;
