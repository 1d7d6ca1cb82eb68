/** A file in a multipart body. */
export interface FilePart {
  /** Name of the field. */
  readonly field: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly data: Blob | ReadableStream<Uint8Array>;
}

/**
 * Writes a `multipart/form-data` body (RFC 7578): the fields, then the file, which is neither read nor copied here.
 *
 * By hand, for `FormData` takes no streams. A server knows the fields before the first byte of the file.
 *
 * @returns A Blob for a Blob, a stream for a stream.
 */
export function frame(
  fields: readonly (readonly [name: string, value: string])[],
  file: FilePart,
): { data: Blob | ReadableStream<Uint8Array>; contentType: string } {
  const boundary = `----carto-ts-${randomHex()}`;
  const texts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`,
  );
  const disposition = `form-data; name="${quoted(file.field)}"; filename="${quoted(file.fileName)}"`;
  const head = `${texts.join("")}--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${file.contentType}\r\n\r\n`;
  const tail = `\r\n--${boundary}--\r\n`;
  const { data } = file;
  return {
    data: data instanceof Blob ? new Blob([head, data, tail]) : surround(head, data, tail),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

function surround(head: string, body: ReadableStream<Uint8Array>, tail: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const reader = body.getReader();
  let begun = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!begun) {
          begun = true;
          return controller.enqueue(encoder.encode(head));
        }
        const { done, value } = await reader.read();
        controller.enqueue(done ? encoder.encode(tail) : value);
        if (done) controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

// As browsers do it.
function quoted(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

// Not a UUID, which pages without HTTPS can't make.
function randomHex(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
