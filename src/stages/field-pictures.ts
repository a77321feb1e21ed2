/**
 * The pictures of a unit in the figure `receptive_fields`: its projection back to the input, its preferred input, and
 * the patches that excite it most, in this order, so that what every unit has stands in columns.
 *
 * Patches are as light as the data; what lies beyond the image is checkered, which no data are. Back-projections share
 * one symmetric scale.
 */
import { byteScale, lightBetween } from "../figure/light.js";
import type { Scaled } from "../figure/placed.js";
import { colourScale, greatest, type LightScale, scaled, signedScale } from "../figure/signed-light.js";
import type { Captioned } from "../figure/tiles.js";
import { grouped, shortText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { featuresOf, float32Of } from "../values/blob.js";
import { ascentText } from "../values/inspected-preferred-inputs.js";
import type { FieldsOfUnits, StrongestPatch } from "../values/inspected-receptive-fields.js";
import type { Inspection } from "../values/inspection.js";

export const picturesOfUnits = ["back_projections", "preferred_inputs", "patches"] as const;
type Picture = (typeof picturesOfUnits)[number];

/** Layers that pass numbers on as they are, in evaluation mode. */
const passing: ReadonlySet<string> = new Set(["flatten", "dropout"]);

export class FieldPictures {
  readonly #features: Uint8Array | Float32Array | Float64Array;
  readonly #light: ReturnType<typeof byteScale>;
  readonly #projected: Float32Array | null;
  readonly #scale: LightScale | null;
  /** Whether what is projected back are the unit's own weights. */
  readonly #areWeights: boolean;
  /** Layers that are computed before this one. */
  readonly #before: Inspection["data"]["layers"];
  readonly #size: number;
  #isCheckered = false;

  constructor(
    readonly inspection: Inspection,
    readonly layer: FieldsOfUnits,
    readonly shown: readonly number[],
    readonly count: number,
    readonly wanted: readonly Picture[] | undefined,
  ) {
    const { data, blobs } = inspection;
    const { shape, units } = layer;
    this.#size = sizeOfShape(shape);
    this.#features = featuresOf(blobs[`receptive_fields.${layer.layer}.patches`]!);
    const each = this.#features.length / this.#size / units.length;
    const drawn = shown.flatMap((index) => units[index]!.patches.slice(0, count).map((_, rank) => index * each + rank));
    this.#light = byteScale(this.#features, data.scale, drawn, this.#size);
    const projected = this.#draws("back_projections") && blobs[`receptive_fields.${layer.layer}.back_projection`];
    this.#projected = projected ? float32Of(projected) : null;
    const most = this.#projected ? greatest(...shown.map((index) => this.#weightsOf(index))) : 0;
    this.#scale = this.#projected ? (shape[2] === 3 ? colourScale : signedScale)(most) : null;
    this.#before = data.layers.slice(
      0,
      data.layers.findIndex(({ name }) => name === layer.layer),
    );
    this.#areWeights = this.#before.every(({ type }) => passing.has(type));
  }

  #draws(picture: Picture): boolean {
    return this.wanted?.includes(picture) ?? true;
  }
  #weightsOf(index: number): Float32Array {
    return this.#projected!.subarray(index * this.#size, (index + 1) * this.#size);
  }
  get #projectionName(): string {
    return this.#areWeights ? "weights" : "linear";
  }

  /** @param index  among the layer's units that the inspection has, from 0 */
  of(index: number): readonly Captioned[] {
    return [...this.#projection(index), ...this.#preferred(index), ...this.#patches(index)];
  }

  #projection(index: number): readonly Captioned[] {
    if (!this.#scale) return [];
    return [scaled(this.#scale, this.#weightsOf(index), this.layer.shape, this.#projectionName)];
  }

  #preferred(index: number): readonly Captioned[] {
    const aspect = this.inspection.data.aspects.preferred_inputs;
    const own = aspect?.layers.find(({ layer }) => layer === this.layer.layer);
    if (!aspect || !own || !this.#draws("preferred_inputs")) return [];
    const unit = own.units.find((each) => each.unit === this.layer.units[index]!.unit);
    const blank = { image: [1], shape: [1, 1, 1] };
    if (!unit) return [{ ...blank, caption: "not, looked for" }];
    if (unit.picture === null) return [{ ...blank, caption: "saturated" }];
    const size = sizeOfShape(own.shape);
    const values = float32Of(this.inspection.blobs[`preferred_inputs.${own.layer}`]!);
    const image = lightBetween(aspect.range[0]!, values.subarray(unit.picture * size, (unit.picture + 1) * size));
    return [{ image, shape: own.shape, caption: `preferred, ${shortText(unit.to)}` }];
  }

  #patches(index: number): readonly Captioned[] {
    if (!this.#draws("patches")) return [];
    const each = this.#features.length / this.#size / this.layer.units.length;
    return this.layer.units[index]!.patches.slice(0, this.count).map((patch, rank) => {
      const from = (index * each + rank) * this.#size;
      const light = Float32Array.from(
        this.#features.subarray(from, from + this.#size),
        (feature) => this.#light.convert(feature) / 255,
      );
      this.#checker(light, patch);
      return { image: light, caption: `${shortText(patch.value)}, ${grouped(patch.row)}` };
    });
  }

  /** Paints what lies beyond the image. */
  #checker(light: Float32Array, { top = 0, left = 0 }: StrongestPatch): void {
    const [height, width] = this.inspection.data.inputShape as [number, number];
    const [rows, columns, channels] = this.layer.shape as [number, number, number];
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        if (top + y >= 0 && top + y < height && left + x >= 0 && left + x < width) continue;
        this.#isCheckered = true;
        light.fill((x + y) % 2 === 0 ? 0.6 : 0.85, (y * columns + x) * channels, (y * columns + x + 1) * channels);
      }
  }

  get legends(): readonly Scaled[] {
    return this.#scale ? [{ scale: this.#scale, of: this.#projectionName }] : [];
  }

  /** What the linear network is without. */
  #leftOut(): string {
    const has = (type: string): boolean => this.#before.some((layer) => layer.type === type);
    return [
      "activations left out",
      ...(has("batch_norm") ? ["batch_norm as a factor"] : []),
      ...(has("max_pool") ? ["max pools as means"] : []),
    ].join(", ");
  }

  /** What a reader of the pictures must know; asked for when they are drawn. */
  lines(isNormalised: boolean): readonly string[] {
    const { data } = this.inspection;
    const preferred = data.aspects.preferred_inputs;
    const hasPreferred = preferred?.layers.some(({ layer }) => layer === this.layer.layer);
    const pixels = isNormalised ? "normalised pixels" : "pixels as the network reads them";
    return [
      ...(this.#scale
        ? [
            this.#areWeights
              ? `weights: of ${pixels}`
              : `linear: projected back, weights of ${pixels}, ${this.#leftOut()}`,
          ]
        : []),
      ...(this.layer.notLinear ? [`no back-projection: ${this.layer.notLinear} on the way is not linear`] : []),
      ...(preferred && hasPreferred && this.#draws("preferred_inputs")
        ? [`preferred: by gradient ascent, ${ascentText(preferred)}`]
        : []),
      ...(this.#light.text && this.#draws("patches") ? [`patches: ${this.#light.text}`] : []),
      ...(this.#isCheckered ? ["checkered: beyond the image"] : []),
    ];
  }
}
