/**
 * Holds back what libraries write to stderr while a frame is on the screen, and says it when the frame is gone.
 *
 * Written at once it would tear the frame and be lost with it. Where stderr is a file or a pipe nothing is held.
 */
export function holdStderr(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream = process.stderr): () => void {
  if (!stderr.isTTY || !stdout.isTTY) return () => undefined;
  const held: (string | Uint8Array)[] = [];
  const write = stderr.write;
  const hold = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    held.push(chunk);
    const written = typeof encoding === "function" ? encoding : done;
    if (written) process.nextTick(written);
    return true;
  };
  stderr.write = hold;
  return () => {
    if (stderr.write === hold) stderr.write = write;
    for (const chunk of held.splice(0)) write.call(stderr, chunk);
  };
}
