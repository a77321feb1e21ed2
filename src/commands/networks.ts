/** The networks that stages train, each once, as far as the file tells them. */
import type { Stage } from "../pipeline/pipeline.js";
import { kinds } from "../stages/kinds.js";
import { distinct, type ListedNetwork, type NetworkTable, type TrainedNetwork } from "../values/network.js";

/** Of stages as they are written; those that get their settings from a search have one of its networks. */
export const networksIn = (stages: readonly Stage[]): readonly ListedNetwork[] =>
  distinct(
    stages.flatMap((stage): readonly TrainedNetwork[] => {
      const parts = stage.search
        ? stage.search.trials.flatMap(({ key, stages: own }) => [...own.values()].map((part) => ({ part, key })))
        : [{ part: stage, key: null }];
      return parts.flatMap(({ part, key }) => {
        const shape = Object.values(part.outputs).find(({ inputShape }) => inputShape)?.inputShape;
        const network = part.use || !shape ? null : networkOf(part.kind, part.options, shape);
        return network ? [{ stage: part.name, key, network }] : [];
      });
    }),
  );

export const networkOf = (kind: string, options: unknown, inputShape: readonly number[]): NetworkTable | null =>
  kinds[kind]!.network?.(options as never, inputShape) ?? null;
