import { expect, test } from "vitest";
import { frame } from "./multipart.ts";

function streamOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

test.each([
  ["a Blob", () => new Blob(["a,b\n", "1,2\n"])],
  ["a stream", () => streamOf("a,b\n", "1,2\n")],
])("a body is written byte for byte as RFC 7578 wants it, from %s", async (_, data) => {
  const file = { field: "file", fileName: "t.csv", contentType: "text/csv", data: data() };

  const { data: body, contentType } = frame([["api_key", "k"]], file);

  const boundary = /^multipart\/form-data; boundary=(----carto-ts-[0-9a-f]{32})$/.exec(contentType)?.[1];
  expect(await new Response(body).text()).toBe(
    `--${boundary}\r\nContent-Disposition: form-data; name="api_key"\r\n\r\nk\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\nContent-Type: text/csv\r\n\r\n` +
      `a,b\n1,2\n\r\n--${boundary}--\r\n`,
  );
});

test("names beyond ASCII and those with quotes are read back by a parser that isn't ours", async () => {
  const data = new Blob(["x"]);
  const name = 'Población "2026" 🗺.csv';
  const file = { field: "file", fileName: name, contentType: "application/octet-stream", data };

  const { data: body, contentType } = frame([["privacy", "public"]], file);
  const form = await new Response(body, { headers: { "Content-Type": contentType } }).formData();

  expect(form.get("privacy")).toBe("public");
  expect((form.get("file") as File).name).toBe(name);
});

test("a name can't begin a field of its own", async () => {
  const fileName = 'a"\r\nContent-Type: text/html\r\n\r\n';
  const file = { field: "file", fileName, contentType: "text/csv", data: new Blob(["x"]) };

  const text = await new Response(frame([], file).data).text();

  expect(text).toContain('filename="a%22%0D%0AContent-Type: text/html%0D%0A%0D%0A"\r\nContent-Type: text/csv\r\n\r\nx');
});

test("an empty file is one", async () => {
  const file = { field: "file", fileName: "t.csv", contentType: "text/csv", data: streamOf() };

  const { data: body, contentType } = frame([], file);
  const form = await new Response(body, { headers: { "Content-Type": contentType } }).formData();

  expect((form.get("file") as File).size).toBe(0);
});

test("nothing of a stream is read before it is wanted, and cancelling the body cancels it", async () => {
  const seen: string[] = [];
  const data = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.push("pull");
        controller.enqueue(new Uint8Array(1));
      },
      cancel: (reason) => void seen.push(`cancel ${reason}`),
    },
    { highWaterMark: 0 },
  );
  const { data: body } = frame([], { field: "file", fileName: "t.csv", contentType: "text/csv", data });
  const reader = (body as ReadableStream<Uint8Array>).getReader();

  await reader.read();
  expect(seen).toEqual([]);
  await reader.read();
  await reader.cancel("enough");

  expect(seen).toEqual(["pull", "cancel enough"]);
});
