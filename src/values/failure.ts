/** Why a trial has no result. It is kept, so that the trial is not run again for the same end. */

/** failure. No blobs. */
export type FailureData = {
  readonly title: string;
  readonly message: string;
  readonly option: readonly (string | number)[];
};

declare module "./output.js" {
  interface OutputTypes {
    readonly failure: FailureData;
  }
}
