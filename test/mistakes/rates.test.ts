/** What a user reads about schedules of learning rates and optimisers: YAML in, exact text out. */
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

/** A training of digits by an optimiser. */
function told(optimizer: string, { validation = true, epochs = 20 } = {}): string {
  const document = readText(
    "p.yaml",
    [
      "stages:",
      "  digits: {kind: load, source: mnist}",
      "  parts: {kind: split, data: digits.train, validation: 100}",
      "  net:",
      "    kind: train",
      "    data: parts.train",
      validation ? "    validation: parts.validation" : "",
      "    layers: [flatten, {dense: {units: 10}}]",
      "    loss: cross_entropy",
      `    optimizer: ${optimizer}`,
      `    epochs: ${epochs}`,
      "    batch_size: 599",
      "",
    ].join("\n"),
  );
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return `\n${renderDiagnostics(checked.diagnostics)}`;
}
const rate = (learning_rate: string, more = {}): string => told(`{sgd: {learning_rate: {${learning_rate}}}}`, more);

describe("schedules", () => {
  test("plateau without a validation set", () =>
    expect(rate("plateau: {from: 0.1}", { validation: false })).toMatchInlineSnapshot(`
      "
      p.yaml:10:48  nothing to judge by

        10 │     optimizer: {sgd: {learning_rate: {plateau: {from: 0.1}}}}
           │                                                ^^^^^^^^^^^

      \`plateau\` follows the loss of a validation set. Add \`validation:\`, such as \`validation: parts.validation\`.
      "
    `));
  test("over that ends with the warm-up", () =>
    expect(rate("cosine: {from: 0.1, over: 3}, warm_up: 3")).toMatchInlineSnapshot(`
      "
      p.yaml:10:65  over before the warm-up is

        10 │     optimizer: {sgd: {learning_rate: {cosine: {from: 0.1, over: 3}, warm_up: 3}}}
           │                                                                 ^

      \`warm_up\` takes 3 epochs, and \`over\` is 3 epochs, so the rate never comes to \`from\`. Set a larger \`over\`, or a shorter \`warm_up\`.
      "
    `));
  test("over that ends before a warm-up in steps, of 100 an epoch", () => {
    expect(rate("cosine: {from: 0.1, over: 2}, warm_up: {steps: 250}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:65  over before the warm-up is

        10 │     optimizer: {sgd: {learning_rate: {cosine: {from: 0.1, over: 2}, warm_up: {steps: 250}}}}
           │                                                                 ^

      \`warm_up\` takes 250 steps, and \`over\` is 2 epochs of 100 steps, so the rate never comes to \`from\`. Set a larger \`over\`, or a shorter \`warm_up\`.
      "
    `);
    expect(rate("cosine: {from: 0.1, over: 20}, warm_up: {steps: 250}")).toBe("\n");
  });
  test("a cycle that is warmed up", () => {
    expect(rate("one_cycle: {max: 0.1}, warm_up: {epochs: 1}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:71  warmed up twice

        10 │     optimizer: {sgd: {learning_rate: {one_cycle: {max: 0.1}, warm_up: {epochs: 1}}}}
           │                                                                       ^^^^^^^^^^^

      \`one_cycle\` begins with a rise of its own (\`pct_start\` and \`div_factor\` say how). Leave \`warm_up\` out.
      "
    `);
    expect(rate("one_cycle: {max: 0.1}, warm_up: 0")).toBe("\n");
  });
  test("epochs behind a horizon, at a rate of 0 or next to it", () => {
    expect(rate("cosine: {from: 0.1, over: 15}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:65  warning: epochs that change nothing

        10 │     optimizer: {sgd: {learning_rate: {cosine: {from: 0.1, over: 15}}}}
           │                                                                 ^^

      After \`over: 15\` the rate stays at 0, which changes next to nothing in the rest of 20 epochs. Set \`epochs: 15\`, or a larger \`over\`.
      If it is meant: \`allow: [idle_epochs]\` on the stage.
      "
    `);
    expect(rate("one_cycle: {max: 0.1, over: 19}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:67  warning: epochs that change nothing

        10 │     optimizer: {sgd: {learning_rate: {one_cycle: {max: 0.1, over: 19}}}}
           │                                                                   ^^

      After \`over: 19\` the rate stays at 4e-7, which changes next to nothing in the rest of 20 epochs. Set \`epochs: 19\`, or a larger \`over\`.
      If it is meant: \`allow: [idle_epochs]\` on the stage.
      "
    `);
    expect(rate("cosine: {from: 0.1, to: 0.001, over: 15}")).toBe("\n");
    expect(rate("one_cycle: {max: 0.1, over: 30}")).toBe("\n");
  });
  test("a warm-up that takes all epochs of a cosine", () => {
    expect(rate("cosine: {from: 0.1}, warm_up: 2", { epochs: 2 })).toMatchInlineSnapshot(`
      "
      p.yaml:10:47  warning: warmed up to the end

        10 │     optimizer: {sgd: {learning_rate: {cosine: {from: 0.1}, warm_up: 2}}}
           │                                               ^^^^^^^^^^^

      \`warm_up\` takes 2 epochs of a training of 2 epochs, so the rate only rises to the last one of \`cosine\`. Train for more epochs, or set a shorter \`warm_up\`.
      If it is meant: \`allow: [idle_epochs]\` on the stage.
      "
    `);
    expect(rate("cosine: {from: 0.1}, warm_up: 2", { epochs: 3 })).toBe("\n");
    expect(rate("constant: 0.1, warm_up: 2", { epochs: 2 })).toBe("\n");
  });
  test("a factor that does not lower the rate, and a share that is none", () => {
    expect(rate("plateau: {from: 0.1, to: 0.1}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:64  wrong value

        10 │     optimizer: {sgd: {learning_rate: {plateau: {from: 0.1, to: 0.1}}}}
           │                                                                ^^^

      \`optimizer.sgd.learning_rate.plateau.to\` is a number below \`from\`, but \`0.1\` stands here.
      "
    `);
    expect(rate("plateau: {from: 0.1, factor: 1}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:68  wrong value

        10 │     optimizer: {sgd: {learning_rate: {plateau: {from: 0.1, factor: 1}}}}
           │                                                                    ^

      \`optimizer.sgd.learning_rate.plateau.factor\` is a number above 0 and below 1, but \`1\` stands here.
      "
    `);
    expect(rate("one_cycle: {max: 0.1, pct_start: 30}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:72  wrong value

        10 │     optimizer: {sgd: {learning_rate: {one_cycle: {max: 0.1, pct_start: 30}}}}
           │                                                                        ^^

      \`optimizer.sgd.learning_rate.one_cycle.pct_start\` is a number from 0 to below 1, but \`30\` stands here.
      "
    `);
  });
  test("a warm-up of no known unit", () =>
    expect(rate("constant: 0.1, warm_up: {step: 10}")).toMatchInlineSnapshot(`
    "
    p.yaml:10:64  unknown option

      10 │     optimizer: {sgd: {learning_rate: {constant: 0.1, warm_up: {step: 10}}}}
         │                                                                ^^^^

    \`optimizer.sgd.learning_rate.warm_up\` has no option \`step\`. Did you mean \`steps\`?

    Options of \`optimizer.sgd.learning_rate.warm_up\`: epochs, steps
    "
  `));
  test("two at once", () =>
    expect(rate("constant: 0.1, plateau: {from: 0.1}")).toMatchInlineSnapshot(`
    "
    p.yaml:10:38  wrong value

      10 │     optimizer: {sgd: {learning_rate: {constant: 0.1, plateau: {from: 0.1}}}}
         │                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    \`optimizer.sgd.learning_rate\` is one of \`constant\`, \`step\`, \`cosine\`, \`one_cycle\` and \`plateau\`, with an optional \`warm_up\`, but a map with \`constant\` and \`plateau\` stands here.
    "
  `));
});

describe("optimisers", () => {
  test("nesterov without momentum", () => {
    expect(told("{sgd: {nesterov: true}}")).toMatchInlineSnapshot(`
      "
      p.yaml:10:33  nothing to look ahead by

        10 │     optimizer: {sgd: {nesterov: true}}
           │                                 ^^^^

      \`nesterov\` is about momentum. Set one, such as \`momentum: 0.9\`, or leave \`nesterov\` out.
      "
    `);
    expect(told("{sgd: {nesterov: true, momentum: 0.9}}")).toBe("\n");
    expect(told("{sgd: {nesterov: false}}")).toBe("\n");
  });
  test("a norm of nothing", () =>
    expect(told("{adam: {clip_norm: 0}}")).toMatchInlineSnapshot(`
    "
    p.yaml:10:35  wrong value

      10 │     optimizer: {adam: {clip_norm: 0}}
         │                                   ^

    \`optimizer.adam.clip_norm\` is a number above 0, but \`0\` stands here.
    "
  `));
  test("an optimiser that there is not", () =>
    expect(told("adamax")).toMatchInlineSnapshot(`
    "
    p.yaml:10:16  unknown optimizer

      10 │     optimizer: adamax
         │                ^^^^^^

    \`optimizer\` has no value \`adamax\`. Did you mean \`adam\`?

    Values of \`optimizer\`: sgd, rmsprop, adam, adamw
    "
  `));
});
