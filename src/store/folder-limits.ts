/** Folders in which SQLite cannot work, refused before anything is made there. */
import { statfsSync } from "node:fs";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import type { Layout } from "./layout.js";
import { explaining } from "./storage-errors.js";

/** SQLite's own limit, which it tells by saying that it cannot open the file; 8 are for the log's `-journal`. */
const longestPathBytes = 512 - 8;

/** @throws an error of code ENAMETOOLONG */
export function refuseLongPath({ opening }: Layout): void {
  if (Buffer.byteLength(opening) > longestPathBytes)
    throw Object.assign(new Error("the path is longer than SQLite takes"), { code: "ENAMETOOLONG" });
}

/** Types that Linux's statfs tells. */
const networkNames: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x0bd00bd0, "Lustre"],
]);

/** WAL needs memory shared by all processes, which these file systems do not give: no error, only a broken database. */
export function refuseNetwork(folder: string): void {
  const name = networkNames.get(explaining(folder, folder, () => statfsSync(folder)).type >>> 0);
  if (name === undefined) return;
  throw new EnvironmentError(
    `the cache folder ${folder} is on a network file system (${name}), where SQLite cannot keep its promises\n` +
      "Name a folder on a local disk with --cache DIR or HW1_CACHE.",
  );
}
