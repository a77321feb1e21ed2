/**
 * Who reads the files of `load: csv`: `check` at once, of a large file its start; a run piece by piece, gzip undone as
 * it comes.
 */
import { pipeline, Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { DataFile } from "../pipeline/run-context.js";
import type { DeclaredClasses } from "./csv-labels.js";
import { type CsvFile, type CsvOptions, csvFiles } from "./csv-options.js";
import { checkedRowBytes, NamelessColumn } from "./csv-table.js";
import { type CsvFileReader, CsvLoad, type CsvResult, type Fail } from "./load-csv.js";
import {
  brokenGzip,
  checkedSizeBytes,
  checkUnpacked,
  isGzip,
  judgedFile,
  readChecked,
  readPieces,
} from "./load-files.js";

/** A cell of a small file may become a thousand features: `check` makes no more of them than a file of numbers has. */
const checkedCells = checkedSizeBytes;

/** What `check` can tell. @param fail  told of each mistake in each file */
export function checkCsv(folder: string, options: CsvOptions, classes: DeclaredClasses, fail: Fail): CsvResult {
  const load = new CsvLoad(options, classes, fail, checkedCells);
  for (const file of csvFiles(options))
    try {
      const { bytes, isWhole } = readChecked(folder, file.path, checkedSizeBytes, checkedRowBytes);
      retryKeepingEnd((keepEnd) => {
        const reader = load.begin(file, keepEnd);
        reader.push(bytes);
        reader.end(isWhole);
      });
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      load.failed(error, file);
    }
  return load.finish();
}

function retryKeepingEnd(read: (keepEnd: boolean) => void): void {
  try {
    read(false);
  } catch (error) {
    if (!(error instanceof NamelessColumn)) throw error;
    read(true);
  }
}

/** @param judged  what the files held when the step was judged. @throws MistakeError, ChangedFileError */
export async function loadCsv(
  folder: string,
  options: CsvOptions,
  classes: DeclaredClasses,
  judged?: readonly DataFile[],
): Promise<CsvResult> {
  const load = new CsvLoad(options, classes);
  for (const file of csvFiles(options)) {
    const read = (keepEnd: boolean): Promise<void> =>
      readPieces(folder, file.path, judgedFile(judged, file.option), (pieces) =>
        feed(file, load.begin(file, keepEnd), pieces),
      );
    try {
      await read(false);
    } catch (error) {
      if (!(error instanceof NamelessColumn)) throw error;
      await read(true);
    }
  }
  return load.finish();
}

/** Between pieces others may do their work: the terminal its drawing, Ctrl-C its stopping. */
async function feed({ path }: CsvFile, reader: CsvFileReader, pieces: Iterable<Uint8Array>): Promise<void> {
  const all = pieces[Symbol.iterator]();
  const first = all.next();
  if (!first.done && isGzip(first.value)) {
    for await (const piece of unpacked(path, first.value, all)) reader.push(piece);
  } else {
    for (let next = first; !next.done; next = all.next()) {
      reader.push(next.value);
      await setImmediate();
    }
  }
  reader.end();
}

async function* unpacked(path: string, first: Uint8Array, rest: Iterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [packedBytes, unpackedBytes] = [0, 0];
  const packed = function* (): Generator<Uint8Array> {
    for (let next: IteratorResult<Uint8Array> = { value: first }; !next.done; next = rest.next()) {
      packedBytes += next.value.byteLength;
      yield next.value;
    }
  };
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  // What goes wrong reaches the loop below.
  pipeline(Readable.from(packed(), { objectMode: false }), gunzip, () => undefined);
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      unpackedBytes += piece.byteLength;
      checkUnpacked(path, packedBytes, unpackedBytes);
      yield piece;
    }
  } catch (error) {
    throw /^Z_/.test(String((error as NodeJS.ErrnoException).code)) ? brokenGzip(path) : error;
  }
}
