/** A network in a table: what each of its layers gives, learns, computes and keeps in memory. */
import { escaped } from "../util/escape.js";
import { canonical } from "../util/json.js";
import { grouped, rounded } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { Preview, PreviewPart } from "./preview.js";

export type LayerRow = {
  /** In full: `residual_1.conv_2`. */
  readonly name: string;
  /** In how many blocks it stands. */
  readonly depth: number;
  /** Shape for one example. */
  readonly output: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
};
export type NetworkTable = {
  readonly batchSize: number;
  /** A block, then the layers within; what it has is its own, without theirs. */
  readonly layers: readonly LayerRow[];
  readonly total: {
    /** Numbers that are learned. */
    readonly parameters: number;
    /** Of a forward pass, for one example. */
    readonly multiplyAdds: number;
    /** Of a training step, for one example: forward and backward. */
    readonly stepMultiplyAdds: number;
    /** Of a training step of `batchSize` examples. */
    readonly bytes: number;
  };
};

/** @param words  what else is said of a layer, by its name; none where there is nothing */
export function networkPart(
  { layers, total, batchSize }: NetworkTable,
  words?: ReadonlyMap<string, string>,
): PreviewPart {
  const count = (value: number): string => (value === 0 ? "" : grouped(value));
  const cells = (row: Omit<LayerRow, "name" | "depth" | "output">): readonly string[] => [
    count(row.parameters),
    count(row.multiplyAdds),
    row.bytes === 0 ? "" : String(rounded(row.bytes / 1e6, 3)),
  ];
  const more = (text: string | undefined): readonly string[] => (words ? [text ?? ""] : []);
  return {
    type: "numbers",
    rows: [
      ["layer", "output", "parameters", "multiply-adds", `MB at batch ${batchSize}`, ...more("")],
      ...layers.map(({ name, depth, output, ...row }) => [
        // Below its block a layer's own name is enough.
        `${"  ".repeat(depth)}${name.slice(name.lastIndexOf(".") + 1)}`,
        `[${output.join(", ")}]`,
        ...cells(row),
        ...more(words?.get(name)),
      ]),
      ["total", "", ...cells(total), ...more("")],
    ],
    right: [2, 3, 4],
    drop: words ? [5, 4, 3, 1] : [4, 3, 1],
  };
}

/** A network with who trains it. */
export type ListedNetwork = NetworkTable & {
  readonly stages: readonly {
    readonly stage: string;
    /** Keys of the trials of a search, or of the elements of a fan-out; absent where it is the stage's only one. */
    readonly keys?: readonly string[];
  }[];
};
/** One that trains a network, and which part of its stage it is. */
export interface TrainedNetwork {
  readonly stage: string;
  readonly key: string | null;
  readonly network: NetworkTable;
}

/** In the order in which they are first trained. */
export function distinct(trainers: readonly TrainedNetwork[]): readonly ListedNetwork[] {
  const found = new Map<string, { readonly network: NetworkTable; readonly by: Map<string, string[]> }>();
  for (const { stage, key, network } of trainers) {
    const text = canonical(network);
    const { by } = found.get(text) ?? found.set(text, { network, by: new Map() }).get(text)!;
    by.set(stage, [...(by.get(stage) ?? []), ...(key === null ? [] : [key])]);
  }
  return [...found.values()].map(({ network, by }) => ({
    stages: [...by].map(([stage, keys]) => (keys.length === 0 ? { stage } : { stage, keys })),
    ...network,
  }));
}

/** Networks that are told in full; the others are counted. */
const mostNetworks = 6;

/** @param word  what the keys are: "trial", "element" */
export function networksPreview(networks: readonly ListedNetwork[], word: string): Preview {
  const more = networks.length - mostNetworks;
  return [
    ...networks.slice(0, mostNetworks).flatMap((network): readonly PreviewPart[] => {
      const by = network.stages.map(({ stage, keys }) => (keys ? `${stage}, ${keysText(keys, word)}` : stage));
      return [{ type: "heading", title: "Network", more: `: ${escaped(by.join("; "))}` }, networkPart(network)];
    }),
    ...(more > 0
      ? [{ type: "lines", lines: ["", `… ${plural(more, "more network")} (\`--json\` lists all)`] } as const]
      : []),
  ];
}
const keysText = (keys: readonly string[], word: string): string =>
  keys.length === 1 ? `${word} ${keys[0]}` : `${plural(keys.length, word)} (${keys[0]}, …)`;
