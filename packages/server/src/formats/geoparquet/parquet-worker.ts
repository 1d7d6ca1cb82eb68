/** Worker thread that makes one Parquet file; see `geoparquet.ts` for its other side. */
import { parentPort } from "node:worker_threads";
import type { ParquetAnswer, ParquetQuestion } from "./geoparquet.ts";
import { ParquetFile } from "./parquet-file.ts";
import { UnwritableError } from "./unwritable-error.ts";

const port = parentPort;
if (port === null) throw new Error("this file is started as a worker thread");
const files: ParquetFile[] = [];

function answer({ columns, text }: ParquetQuestion): ParquetAnswer {
  try {
    if (columns) files.push(new ParquetFile(columns));
    const [file] = files;
    if (file === undefined) throw new Error("no file was begun");
    return {
      bytes: text === undefined ? file.end() : file.write(Buffer.from(text.buffer, text.byteOffset, text.length)),
    };
  } catch (error) {
    if (!(error instanceof UnwritableError)) throw error;
    return { refusal: error.message };
  }
}

port.on("message", (question: ParquetQuestion & { id: number }) => {
  port.postMessage({ id: question.id, answer: answer(question) });
});
