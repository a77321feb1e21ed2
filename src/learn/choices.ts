/** What can be chosen by name. Kept apart from the code that computes, so that checking a file loads no TF.js. */
export const initializers = [
  "pytorch",
  "glorot_uniform",
  "glorot_normal",
  "he_uniform",
  "he_normal",
  "uniform",
] as const;
export type Initializer = (typeof initializers)[number];
