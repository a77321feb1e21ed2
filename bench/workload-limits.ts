/** What `bench/limits.ts` measures besides mistakes: a table and a search, both as large as they may be. */

/** Two columns of numbers; by default 8 MB, which `check` still reads whole. */
export function bigTable(rows = 400_000): string {
  const lines = ["x,y"];
  for (let row = 0; row < rows; row++)
    lines.push(`${(Math.sin(row) * 1000).toFixed(5).slice(0, 9)},${(Math.cos(row * 7) * 1000).toFixed(5).slice(0, 9)}`);
  return `${lines.join("\n")}\n`;
}

/** 10,000 configurations, each once per fold. */
export const bigSearch = `
stages:
  points: {kind: load, source: csv, train: points.csv, target: y}
  folds: {kind: fold, data: points.train, k: 10}
  grid:
    kind: search
    strategy: grid
    space:
      depth: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
      units: [8, 16, 24, 32, 40, 48, 56, 64, 72, 80]
      rate: [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01]
      activation: [relu, tanh, sigmoid, elu, gelu]
      l2: [0, 0.1]
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers:
        - repeat: {times: "\${trial.depth}", layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}]}
        - dense: {units: 1}
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.rate}"}}
      l2: "\${trial.l2}"
      epochs: 100
      batch_size: 18
    objective: {minimize: validation.loss}
  best: {kind: select, from: grid}
  final: {kind: train, each: best, use: best.trial, data: points.train}
`;
