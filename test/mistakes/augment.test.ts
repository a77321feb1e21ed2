/** What a user reads about mistakes in augmentation: YAML in, exact text out. */
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

/** What check tells of digits, their parts, and these stages from line 4 on. */
function told(...stages: readonly string[]): string {
  const text = [
    "stages:",
    "  digits: {kind: load, source: mnist}",
    "  parts: {kind: split, data: digits.train, validation: 10000}",
    ...stages.map((stage) => `  ${stage}`),
    "",
  ].join("\n");
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.length === 0 ? "" : `\n${renderDiagnostics(diagnostics)}`;
}
const augment = (data: string, transforms = "[rotate: 10]"): string =>
  `{kind: augment, data: ${data}, transforms: ${transforms}}`;
const net = (data: string, more = ""): string =>
  `{kind: train, data: ${data}, ${more}layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}`;
const warped = `warped: ${augment("parts.train")}`;

describe("held-out data are not augmented", () => {
  test("validation examples", () =>
    expect(told(`seen: ${augment("parts.validation")}`)).toMatchInlineSnapshot(`
    "
    p.yaml:4:31  augmented held-out data

      4 │   seen: {kind: augment, data: parts.validation, transforms: [rotate: 10]}
        │                               ^^^^^^^^^^^^^^^^

      3 │   parts: {kind: split, data: digits.train, validation: 10000}
        │                                                        ^^^^^ validation examples from here

    \`data\` holds validation examples, and a model is judged by images as they are. Let \`data\` name training examples: augmentation is for them alone.
    "
  `));
  test("test examples", () =>
    expect(told(`seen: ${augment("digits.test")}`)).toMatchInlineSnapshot(`
    "
    p.yaml:4:31  augmented held-out data

      4 │   seen: {kind: augment, data: digits.test, transforms: [rotate: 10]}
        │                               ^^^^^^^^^^^

      2 │   digits: {kind: load, source: mnist}
        │                                ^^^^^ test examples from here

    \`data\` holds test examples, and a model is judged by images as they are. Let \`data\` name training examples: augmentation is for them alone.
    "
  `));
  test("nor training examples with test examples among them, though these went through other stages", () =>
    expect(
      told(
        "all: {kind: merge, data: [parts.train, digits.test]}",
        "mixed: {kind: shuffle, data: all}",
        `seen: ${augment("mixed")}`,
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:6:31  augmented held-out data

        6 │   seen: {kind: augment, data: mixed, transforms: [rotate: 10]}
          │                               ^^^^^

        2 │   digits: {kind: load, source: mnist}
          │                                ^^^^^ test examples from here

      \`data\` holds test examples among others, and a model is judged by images as they are. Tell them apart first, and augment the training examples alone.
      "
    `));
  test("nor both held-out parts", () =>
    expect(
      told("held: {kind: merge, data: [parts.validation, digits.test]}", `seen: ${augment("held")}`),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:5:31  augmented held-out data

        5 │   seen: {kind: augment, data: held, transforms: [rotate: 10]}
          │                               ^^^^

        3 │   parts: {kind: split, data: digits.train, validation: 10000}
          │                                                        ^^^^^ validation and test examples from here

      \`data\` holds validation and test examples, and a model is judged by images as they are. Let \`data\` name training examples: augmentation is for them alone.
      "
    `));
  test("nor the validation examples of a fold", () =>
    expect(
      told("folds: {kind: fold, data: digits.train, k: 3}", `seen: ${augment("folds.validation, each: folds")}`),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:5:31  augmented held-out data

        5 │   seen: {kind: augment, data: folds.validation, each: folds, transforms: [rotate: 10]}
          │                               ^^^^^^^^^^^^^^^^

        4 │   folds: {kind: fold, data: digits.train, k: 3}
          │   ^^^^^ validation examples from here

      \`data\` holds validation examples, and a model is judged by images as they are. Let \`data\` name training examples: augmentation is for them alone.
      "
    `));
  test("validation examples that have joined the training examples are", () =>
    expect(
      told(
        "both: {kind: merge, data: [parts.train, parts.validation]}",
        `warped: ${augment("both")}`,
        `net: ${net("warped")}`,
      ),
    ).toBe(""));
  test("and so are the training examples of a fold, of a split of merged data, and in a trial", () =>
    expect(
      told(
        "all: {kind: merge, data: [digits.train, digits.test]}",
        "folds: {kind: fold, data: all, k: 3, allow: tuned_on_test}",
        "inner: {kind: split, each: folds, data: folds.train, validation: 0.1}",
        `warped: ${augment("inner.train, each: folds")}`,
        `net: ${net("warped", "each: folds, validation: inner.validation, ")}`,
        "score: {kind: evaluate, each: folds, model: net, data: folds.validation}",
        "degrees:",
        "  kind: search",
        "  strategy: grid",
        "  space: {degrees: [5, 15]}",
        "  trial:",
        '    seen: {kind: augment, data: parts.train, transforms: [rotate: "${trial.degrees}"]}',
        `    net: ${net("seen", "validation: parts.validation, ")}`,
        "  objective: {minimize: net.validation.loss}",
      ),
    ).toBe(""));
});

describe("augment comes before normalize, and after what cuts", () => {
  test("of normalised data", () =>
    expect(told("ready: {kind: normalize, data: parts.train}", `warped: ${augment("ready")}`)).toMatchInlineSnapshot(`
      "
      p.yaml:5:33  normalised before augmenting

        5 │   warped: {kind: augment, data: ready, transforms: [rotate: 10]}
          │                                 ^^^^^

        4 │   ready: {kind: normalize, data: parts.train}
          │   ^^^^^ normalised here

      \`data\` is normalised, but transforms work on images in 0 … 1. Augment first, and normalise what that leaves: \`normalize\` keeps the images for the transforms, and is applied after them.
      "
    `));
  test("in the order that the message says it is right", () =>
    expect(
      told(
        warped,
        "mixed: {kind: shuffle, data: warped}",
        "ready: {kind: normalize, data: mixed}",
        "held: {kind: normalize, data: parts.validation, fit: parts.train}",
        `net: ${net("ready", "validation: held, ")}`,
        "score: {kind: evaluate, model: net, data: digits.test}",
      ),
    ).toBe(""));
  test("split", () =>
    expect(told(warped, "more: {kind: split, data: warped, validation: 10}")).toMatchInlineSnapshot(`
      "
      p.yaml:5:29  augmented before the split

        5 │   more: {kind: split, data: warped, validation: 10}
          │                             ^^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`data\` is augmented, and examples that are held out would be, too. Augment after splitting: \`{kind: augment, data: PARTS.train, transforms: …}\`, with the name of this stage for PARTS.
      "
    `));
  test("fold, after a shuffle and a normalisation", () =>
    expect(
      told(
        warped,
        "mixed: {kind: shuffle, data: warped}",
        "ready: {kind: normalize, data: mixed, allow: normalised_before_folds}",
        "folds: {kind: fold, data: ready, k: 3, allow: normalised_before_folds}",
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:7:29  augmented before the fold

        7 │   folds: {kind: fold, data: ready, k: 3, allow: normalised_before_folds}
          │                             ^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`data\` is augmented, and examples that are held out would be, too. Augment after folding: \`{kind: augment, each: FOLDS, data: FOLDS.train, transforms: …}\`, with the name of this stage for FOLDS.
      "
    `));
  test("merge", () =>
    expect(told(warped, "all: {kind: merge, data: [parts.train, warped]}")).toMatchInlineSnapshot(`
    "
    p.yaml:5:42  augmented before the merge

      5 │   all: {kind: merge, data: [parts.train, warped]}
        │                                          ^^^^^^

      4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
        │   ^^^^^^ augmented here

    This one is augmented, and in a merged dataset nothing tells which images are. Augment after merging, or give its \`augment\` stage \`copies: 1\`: that leaves distorted images, which can be merged like any others.
    "
  `));
});

describe("models are judged, and statistics taken, by images as they are", () => {
  test("evaluate", () =>
    expect(
      told(warped, `net: ${net("parts.train")}`, "score: {kind: evaluate, model: net, data: warped}"),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:6:45  augmented data to judge by

        6 │   score: {kind: evaluate, model: net, data: warped}
          │                                             ^^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`data\` is augmented, but a model is judged by images as they are. Let \`data\` name examples that were not augmented.
      "
    `));
  test("validation", () =>
    expect(
      told(
        "more: {kind: split, data: digits.test, validation: 10, allow: tuned_on_test}",
        `seen: ${augment("more.train")}`,
        `net: ${net("parts.train", "validation: seen, ")}`,
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:6:53  augmented validation to judge by

        6 │   net: {kind: train, data: parts.train, validation: seen, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epo
          │                                                     ^^^^

        5 │   seen: {kind: augment, data: more.train, transforms: [rotate: 10]}
          │   ^^^^ augmented here

      \`validation\` is augmented, but a training is judged by images as they are. Let \`validation\` name examples that were not augmented.
      "
    `));
  test("validation by the very data that it learns from, in one message", () =>
    expect(told(warped, `net: ${net("warped", "validation: warped, ")}`)).toMatchInlineSnapshot(`
      "
      p.yaml:5:48  augmented validation to judge by

        5 │   net: {kind: train, data: warped, validation: warped, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs
          │                                                ^^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`validation\` is augmented, but a training is judged by images as they are. Let \`validation\` name examples that were not augmented.
      "
    `));
  test("fit", () =>
    expect(told(warped, "ready: {kind: normalize, data: parts.validation, fit: warped}")).toMatchInlineSnapshot(`
      "
      p.yaml:5:57  statistics of augmented data

        5 │   ready: {kind: normalize, data: parts.validation, fit: warped}
          │                                                         ^^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`fit\` is augmented, but statistics are taken of images as they are. Let \`fit\` name the training examples as they were before \`augment\`.
      "
    `));
  test("explore", () =>
    expect(told(warped, "look: {kind: explore, data: parts.train, test: warped}")).toMatchInlineSnapshot(`
      "
      p.yaml:5:50  augmented test data

        5 │   look: {kind: explore, data: parts.train, test: warped}
          │                                                  ^^^^^^

        4 │   warped: {kind: augment, data: parts.train, transforms: [rotate: 10]}
          │   ^^^^^^ augmented here

      \`test\` is augmented, but data are compared with images as they are. Let it name test examples.
      "
    `));
});

describe("what is augmented are images", () => {
  test("not a table", () =>
    expect(
      told("points: {kind: load, source: synthetic, generator: gapped_curve}", `seen: ${augment("points.train")}`),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:5:31  no images to augment

        5 │   seen: {kind: augment, data: points.train, transforms: [rotate: 10]}
          │                               ^^^^^^^^^^^^

      \`augment\` distorts images, [height, width, 1] for grey or [height, width, 3] for colour, but the examples of this dataset are [1]. Images come from a \`load\` of \`images\`, \`mnist\`, \`idx\` or \`npy\`.
      "
    `));
  test("not a model", () =>
    expect(told(`net: ${net("parts.train")}`, `seen: ${augment("net")}`)).toMatchInlineSnapshot(`
      "
      p.yaml:5:31  wrong type of input

        5 │   seen: {kind: augment, data: net, transforms: [rotate: 10]}
          │                               ^^^ a model

      \`data\` of \`augment\` takes a dataset, but \`net.model\` is a model.
      "
    `));
  test("not folds as a whole", () =>
    expect(told("folds: {kind: fold, data: digits.train, k: 3}", `seen: ${augment("folds")}`)).toMatchInlineSnapshot(`
      "
      p.yaml:5:31  which output

        5 │   seen: {kind: augment, data: folds, transforms: [rotate: 10]}
          │                               ^^^^^

      \`folds\` has several outputs that \`seen\` could read: \`folds.train\` and \`folds.validation\`. Name one of them, such as \`data: folds.train\`.
      "
    `));
  test("and augment has no settings that another stage could use", () =>
    expect(told(warped, `net: ${net("parts.train", "use: warped, ")}`)).toMatchInlineSnapshot(`
      "
      p.yaml:5:46  no settings there

        5 │   net: {kind: train, data: parts.train, use: warped, layers: [flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 
          │                                              ^^^^^^

      \`use\` takes the settings of a trial, from a \`search\` or a \`select\`, such as \`use: winners.trial\`; \`warped\` has none.
      "
    `));
});

describe("transforms", () => {
  const seen = (transforms: string): string => told(`seen: ${augment("parts.train", transforms)}`);
  test("an unknown one, with the near name", () =>
    expect(seen("[rotat: 10]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:57  unknown option

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotat: 10]}
          │                                                         ^^^^^

      \`transforms\` has no option \`rotat\`. Did you mean \`rotate\`?

      Options of \`transforms\`: rotate, affine, perspective, elastic, flip, crop, blur, noise, brightness, contrast, erase
      "
    `));
  test("a name of other tools", () =>
    expect(seen("[random_rotation: 10]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:57  unknown option

        4 │   seen: {kind: augment, data: parts.train, transforms: [random_rotation: 10]}
          │                                                         ^^^^^^^^^^^^^^^

      \`transforms\` has no option \`random_rotation\`. Write \`rotate: 10\`.

      Options of \`transforms\`: rotate, affine, perspective, elastic, flip, crop, blur, noise, brightness, contrast, erase
      "
    `));
  test("two in one item", () =>
    expect(seen("[{rotate: 10, flip: horizontal}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:57  wrong value

        4 │   seen: {kind: augment, data: parts.train, transforms: [{rotate: 10, flip: horizontal}]}
          │                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      An item of \`transforms\` is one transform, such as \`rotate: 10\`, but a map with \`rotate\` and \`flip\` stands here.
      "
    `));
  test("an option of a transform beside it", () =>
    expect(seen("[{rotate: 10, probability: 0.5}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:70  unknown option

        4 │   seen: {kind: augment, data: parts.train, transforms: [{rotate: 10, probability: 0.5}]}
          │                                                                      ^^^^^^^^^^^

      \`transforms\` has no option \`probability\`. It stands with a transform's options, such as \`rotate: {degrees: 10, probability: 0.5}\`.

      Options of \`transforms\`: rotate, affine, perspective, elastic, flip, crop, blur, noise, brightness, contrast, erase
      "
    `));
  test("an unknown option", () =>
    expect(seen("[rotate: {degres: 10}]")).toMatchInlineSnapshot(`
    "
    p.yaml:4:66  unknown option

      4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: {degres: 10}]}
        │                                                                  ^^^^^^

    \`transforms.rotate\` has no option \`degres\`. Did you mean \`degrees\`?

    Options of \`transforms.rotate\`: degrees, center, interpolation, fill, probability
    "
  `));
  test("no list", () =>
    expect(seen("{rotate: 10}")).toMatchInlineSnapshot(`
    "
    p.yaml:4:56  wrong type

      4 │   seen: {kind: augment, data: parts.train, transforms: {rotate: 10}}
        │                                                        ^^^^^^^^^^^^

    \`transforms\` is a list of transforms, such as \`[{rotate: 10}]\`, but a map with \`rotate\` stands here.
    "
  `));
  test("an empty list", () =>
    expect(seen("[]")).toMatchInlineSnapshot(`
    "
    p.yaml:4:56  wrong value

      4 │   seen: {kind: augment, data: parts.train, transforms: []}
        │                                                        ^^

    \`transforms\` is a list of transforms, such as \`[{rotate: 10}]\`, but an empty list stands here.
    "
  `));
  test("impossible parameters", () => {
    expect(seen("[rotate: {degrees: [10, 0]}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:75  wrong value

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: {degrees: [10, 0]}]}
          │                                                                           ^^^^^^^

      \`transforms.rotate.degrees\` is [from, to], the smaller number first, but a list of 2 stands here.
      "
    `);
    expect(seen("[rotate: {degrees: 10, probability: 2}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:92  wrong value

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: {degrees: 10, probability: 2}]}
          │                                                                                            ^

      \`transforms.rotate.probability\` is a number from 0 to 1, but \`2\` stands here.
      "
    `);
    expect(seen("[rotate: -10]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:65  wrong value

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: -10]}
          │                                                                 ^^^

      \`transforms.rotate\` is a number from 0, but \`-10\` stands here.
      "
    `);
    expect(seen("[elastic: {sigma: 8}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:74  too smooth for the images

        4 │   seen: {kind: augment, data: parts.train, transforms: [elastic: {sigma: 8}]}
          │                                                                          ^

      Smoothing with \`sigma\` 8 takes a kernel of 65 pixels, but an image of 28 × 28 can be mirrored for up to 55. Set \`sigma\` below 6.875.
      "
    `);
    expect(seen("[blur: 4]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:63  wrong value

        4 │   seen: {kind: augment, data: parts.train, transforms: [blur: 4]}
          │                                                               ^

      \`transforms.blur\` is an odd whole number, such as 5: it has a middle, but \`4\` stands here.
      "
    `);
    expect(seen("[affine]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:57  affine needs its options

        4 │   seen: {kind: augment, data: parts.train, transforms: [affine]}
          │                                                         ^^^^^^

      \`affine\` cannot stand alone. Write \`affine: …\`, with values of your own.
      "
    `);
    expect(seen("[rotate: {degrees: 10, fill: [0, 1]}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:85  one number per channel

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: {degrees: 10, fill: [0, 1]}]}
          │                                                                                     ^^^^^^

      The images have 1 channel, but \`fill\` names 2 numbers. Give a single number.
      "
    `);
  });
  test("augment itself draws nothing", () =>
    expect(told("seen: {kind: augment, data: parts.train, transforms: [rotate: 10], seed: 3}")).toMatchInlineSnapshot(`
      "
      p.yaml:4:70  unknown option

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: 10], seed: 3}
          │                                                                      ^^^^

      \`augment\` has no option \`seed\`, because it draws no random numbers.

      Options of \`augment\`: data, transforms, copies, each, allow, use
      "
    `));
});

describe("large shifts of centred images are told", () => {
  const seen = (transforms: string, more = ""): string =>
    told(`seen: {kind: augment, data: parts.train, transforms: ${transforms}${more}}`);
  test("by a translation", () =>
    expect(seen("[affine: {translate: [0.05, 0.3]}]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:77  warning: a large shift of centred images

        4 │   seen: {kind: augment, data: parts.train, transforms: [affine: {translate: [0.05, 0.3]}]}
          │                                                                             ^^^^^^^^^^^

      \`affine\` moves images by up to 30 % of their width or height, but these show what they show in their middle, so no image to be judged looks like that, and parts may leave the picture. Let \`translate\` move them by at most 15 %.
      If it is meant: \`allow: [large_shift]\` on the stage.
      "
    `));
  test("by the padding of a crop", () =>
    expect(seen("[rotate: 10, crop: 5]")).toMatchInlineSnapshot(`
      "
      p.yaml:4:75  warning: a large shift of centred images

        4 │   seen: {kind: augment, data: parts.train, transforms: [rotate: 10, crop: 5]}
          │                                                                           ^

      \`crop\` moves images by up to 17.9 % of their width or height, but these show what they show in their middle, so no image to be judged looks like that, and parts may leave the picture. Let \`padding\` move them by at most 15 %.
      If it is meant: \`allow: [large_shift]\` on the stage.
      "
    `));
  test("not up to 15 %, nor where it is meant", () => {
    expect(seen("[affine: {translate: [0.15, 0.15]}, crop: 4]")).toBe("");
    expect(seen("[crop: 5]", ", allow: large_shift")).toBe("");
  });
});

describe("copies", () => {
  const copies = (count: string, more = ""): string =>
    `copies: {kind: augment, data: parts.train, transforms: [rotate: 10], copies: ${count}${more}}`;
  test("are a number from 1, within a limit", () => {
    expect(told(copies("0"))).toMatchInlineSnapshot(`
      "
      p.yaml:4:80  wrong value

        4 │   copies: {kind: augment, data: parts.train, transforms: [rotate: 10], copies: 0}
          │                                                                                ^

      \`copies\` is a whole number from 1, but \`0\` stands here.
      "
    `);
    expect(told(copies("1001"))).toMatchInlineSnapshot(`
      "
      p.yaml:4:80  wrong value

        4 │   copies: {kind: augment, data: parts.train, transforms: [rotate: 10], copies: 1001}
          │                                                                                ^^^^

      \`copies\` is at most 1,000 (the limit \`copies\`), but \`1001\` stands here.
      "
    `);
    expect(told(copies("100"))).toMatchInlineSnapshot(`
      "
      p.yaml:4:80  too many copies

        4 │   copies: {kind: augment, data: parts.train, transforms: [rotate: 10], copies: 100}
          │                                                                                ^^^

      100 × 50,000 images of 784 bytes are 3,920,000,000 bytes. The limit \`copied_size\` is 2,147,483,648 bytes. Make fewer, or leave \`copies\` out: images are then distorted anew in every epoch, and nothing is stored.
      "
    `);
  });
  test("draw with a seed of their own, and are data like any other", () =>
    expect(
      told(
        copies("1", ", seed: 4"),
        "all: {kind: merge, data: [parts.train, copies]}",
        "ready: {kind: normalize, data: all}",
        "held: {kind: normalize, data: parts.validation, fit: all}",
        `net: ${net("ready", "validation: held, ")}`,
        "score: {kind: evaluate, model: net, data: digits.test}",
        "again: {kind: augment, data: copies, transforms: [rotate: 10]}",
        `second: ${net("again", "validation: parts.validation, ")}`,
      ),
    ).toBe(""));
  test("are the same examples to whoever judges by them or cuts them", () => {
    const titles = (...stages: readonly string[]): readonly string[] =>
      [...told(...stages).matchAll(/^p\.yaml:(\d+):\d+ {2}(.*)$/gm)].map(([, line, title]) => `${line} ${title}`);
    expect(
      titles(
        copies("2"),
        `net: ${net("copies")}`,
        "score: {kind: evaluate, model: net, data: parts.train}",
        "held: {kind: evaluate, model: net, data: parts.validation}",
        "more: {kind: split, data: copies, validation: 100}",
        "all: {kind: merge, data: [parts.train, copies]}",
        "folds: {kind: fold, data: all, k: 3}",
      ),
    ).toEqual([
      "6 warning: scored on training examples",
      "8 warning: rows on both sides",
      "10 warning: rows on both sides",
    ]);
  });
});

test("augmented data may be augmented further", () =>
  expect(told(warped, `more: ${augment("warped", "[elastic]")}`, `net: ${net("more")}`)).toBe(""));
