/** Searches that are killed again and again, and go on: small enough that a whole one takes seconds. */
import type { Project, Told } from "./project.js";

/** A search of several rounds on 60 points of a curve, and what is made of its winner. @param strategy  its lines */
const roundsPipeline = (strategy: string, epochs: string): string => `name: rounds
seed: 11
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  mixed: {kind: shuffle, data: points.train}
  folds: {kind: fold, data: mixed, k: 2}
  tried:
    kind: search
    ${strategy}
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}, {dense: {units: 1}}]
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.learning_rate}"}}
      batch_size: 16
      ${epochs}
    objective: {minimize: validation.loss}
  best: {kind: select, from: tried}
  final: {kind: train, each: best, use: best.trial, data: mixed}
`;
const space = (rate: string): string => `space: {units: [4, 8, 16], activation: [tanh, elu], learning_rate: ${rate}}`;
/** By what is tried. */
export const roundsPipelines = {
  halving: roundsPipeline(
    `strategy: grid\n    ${space("[0.1, 0.01]")}\n    halving: {epochs: [2, 6, 18], factor: 3}`,
    "",
  ),
  tpe: roundsPipeline(
    `strategy: tpe\n    budget: 12\n    batch: 4\n    ${space("{log_uniform: [0.001, 0.3]}")}`,
    "epochs: 6",
  ),
} as const;

/**
 * Runs a pipeline, killing it with SIGKILL when it has told so many events, for each of `moments` one time; then to its
 * end. @returns  what the last run told, and how many were killed before their end
 */
export async function withKills(
  open: Project,
  args: readonly string[],
  moments: readonly number[],
): Promise<{ readonly told: Told; readonly kills: number }> {
  let kills = 0;
  for (const moment of moments) {
    let events = 0;
    const told = await open.watch(["run", "p.yaml", "--json", ...args], () =>
      ++events >= moment ? "kill" : undefined,
    );
    if (told.signal === "SIGKILL") kills++;
  }
  return { told: await open.hw1("run", "p.yaml", "--json", ...args), kills };
}
