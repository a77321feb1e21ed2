/** Pictures for a model that is there: decoded, made grey and resized as the data were that it learned from. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { firstFew } from "../util/words.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { PictureReading } from "../values/reading.js";
import { imageShapeOf } from "./dataset.js";
import { Decoding, decodedInOrder } from "./decoding-threads.js";
import { decodersHere, type Picture } from "./picture-decode.js";
import { fitted, sizeText } from "./picture-fit.js";
import { named, type Unreadable } from "./picture-set.js";

/** What a model takes in. */
interface Expected {
  /** [height, width, channels] */
  readonly shape: readonly number[];
  /** How the pictures were read that it learned from; absent where those were no files of pictures. */
  readonly reading?: PictureReading | undefined;
}

/**
 * The features of pictures, as a model of pictures takes them in.
 *
 * A picture in colours becomes grey (ITU-R BT.601, as Pillow's `convert("L")`) for a model of one channel, and a grey
 * one has three equal channels for a model of colours. Its size changes only where `load` resized, too.
 *
 * @param files  their names, for messages, and their bytes: read when their turn comes, as photographs are large
 * @param told   after each of them
 * @returns      features uint8 [files, height, width, channels], used as feature × `scale`; what may surprise, as
 *               sentences without a full stop
 * @throws       MistakeError that names the files that are no pictures, or the first of another size; EnvironmentError
 */
export async function picturesFrom(
  files: readonly { readonly name: string; readonly bytes: () => Uint8Array | Promise<Uint8Array> }[],
  { shape, reading }: Expected,
  told: (read: number) => void = () => undefined,
): Promise<{ readonly features: Blob; readonly scale: number; readonly remarks: readonly string[] }> {
  const wanted = imageShapeOf(shape);
  if (!wanted)
    throw new MistakeError({
      title: "no model of pictures",
      message: `The model takes in [${shape.join(", ")}], and a picture is [height, width, 1] or [height, width, 3].`,
    });
  const { height, width, channels } = wanted;
  const pixels = new Uint8Array(files.length * height * width * channels);
  const [transparent, turned, coloured]: [string[], string[], string[]] = [[], [], []];
  const unreadable: Unreadable[] = [];
  const decoding = new Decoding({ grey: channels === 1, resize: reading?.resize }, decodersHere());
  try {
    let index = 0;
    for await (const { file, decoded } of decodedInOrder(files, async ({ bytes }) => await bytes(), decoding)) {
      const { name } = file;
      const at = index++;
      told(index);
      if ("unreadable" in decoded) {
        unreadable.push({ path: name, why: decoded.unreadable });
        continue;
      }
      // Where `load` did the same, nobody wonders.
      if (decoded.look.channels > channels && !reading?.grey) coloured.push(name);
      const picture = fitted(decoded.picture, channels as 1 | 3, undefined);
      if (picture.height !== height || picture.width !== width) throw otherSize(name, picture, wanted, reading);
      pixels.set(picture.pixels, at * picture.pixels.length);
      if (picture.isTransparent) transparent.push(name);
      if (picture.isTurned) turned.push(name);
    }
  } finally {
    decoding.dispose();
  }
  if (unreadable.length > 0) throw noPicture(unreadable, files.length);
  return {
    features: blobOf("uint8", [files.length, height, width, channels], pixels),
    scale: 1 / 255,
    remarks: [
      ...(coloured.length > 0
        ? [`the model has seen grey pictures, so colours are made grey in ${some(coloured)}`]
        : []),
      ...(transparent.length > 0 ? [transparencyText(transparent)] : []),
      ...(turned.length > 0 ? [turnedText(turned)] : []),
    ],
  };
}

/** @param looked  files of which these are some */
function noPicture(unreadable: readonly Unreadable[], looked: number): MistakeError {
  const [{ path, why }] = unreadable as readonly [Unreadable];
  return new MistakeError({
    title: "no picture",
    message:
      unreadable.length === 1
        ? `\`${path}\` ${why}. Put it right, or leave it out.`
        : `${unreadable.length} of ${looked} files that were looked at cannot be read:\n` +
          `${named(unreadable, "  ", "\n")}\nPut them right, or leave them out.`,
  });
}

function otherSize(
  name: string,
  picture: Picture,
  wanted: { readonly height: number; readonly width: number },
  reading: PictureReading | undefined,
): MistakeError {
  const size = sizeText(wanted);
  const remedy = reading
    ? `bring it to that size, or train on \`load: {resize: [${wanted.height}, ${wanted.width}]}\`, which resizes ` +
      "here, too."
    : "bring it to that size first.";
  return new MistakeError({
    title: "another size",
    message: `\`${name}\` has ${sizeText(picture)} pixels (height × width), and the model takes in ${size}: ${remedy}`,
  });
}

/** @param names  of pictures, at least one */
export const transparencyText = (names: readonly string[]): string =>
  `transparency is left out, so that the stored colour of transparent pixels counts, in ${some(names)}`;
/** @param names  of pictures, at least one */
export const turnedText = (names: readonly string[]): string =>
  `the camera's orientation is left out, so that pictures may lie on their side, in ${some(names)}`;
/** The first three. */
const some = (names: readonly string[]): string =>
  firstFew(
    names.map((name) => `\`${name}\``),
    3,
  );
