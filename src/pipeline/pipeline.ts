/** A pipeline after checking: every name resolved, every option valid, every port typed. */
import type { SourceFile, Span } from "../diagnostic/diagnostic.js";
import type { JsonObject } from "../util/json.js";
import type { PortInfo } from "./kind.js";

export interface Edge {
  /** The option through which it reads, such as `data`. */
  readonly option: string;
  readonly stage: string;
  readonly output: string;
}
export interface Stage {
  readonly name: string;
  readonly kind: string;
  /** Options after defaults, in YAML's spelling, references included as written. */
  readonly options: JsonObject;
  readonly seed: number;
  readonly inputs: readonly Edge[];
  /** Name of the stage whose elements it runs over. Set, too, when an input is the output of a fan-out. */
  readonly each: string | null;
  readonly outputs: Readonly<Record<string, PortInfo>>;
  readonly span: Span;
  optionSpan(path?: readonly (string | number)[]): Span;
}
export interface Pipeline {
  readonly name: string;
  readonly file: SourceFile;
  readonly folder: string;
  /** In an order in which every stage comes after what it reads; ties in file order. */
  readonly stages: readonly Stage[];
}
