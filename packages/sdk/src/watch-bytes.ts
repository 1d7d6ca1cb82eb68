/** Passes a stream on, and tells after each piece how many bytes have passed. Nothing is read ahead of the consumer. */
export function watchBytes(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  let passed = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>(
      {
        transform(piece, controller) {
          controller.enqueue(piece);
          passed += piece.length;
          onBytes(passed);
        },
      },
      { highWaterMark: 1 },
      { highWaterMark: 0 },
    ),
  );
}
