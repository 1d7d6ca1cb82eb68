/** A file, or a folder that is one for GDAL, and the drivers that may read it. */
export interface GdalSource {
  /** Its name in the job's folder; `/vsizip/NAME` is what a zip holds. */
  file: string;
  /** GDAL's names of them: `GPKG`, `ESRI Shapefile`. No other driver sees the file. */
  drivers: readonly string[];
  /** `NAME=VALUE` each. */
  openOptions?: readonly string[];
}

/** A run of ogr2ogr, by the parts that both ways to run it need to know. */
export interface Translation {
  source: GdalSource;
  /** Layers of the source; all when empty. */
  layers: readonly string[];
  /** Driver that writes. */
  driver: string;
  /** Name of the file to make in the job's folder; undefined writes to standard output. */
  target: string | undefined;
  /** Further options of ogr2ogr. */
  args: readonly string[];
  /** Whether the WebAssembly must do it, as older programs do it wrong. @defaultValue false */
  wasmOnly?: boolean;
}

/** What GDAL's process is asked for. */
export type Order =
  | { id: number; kind: "layers"; source: GdalSource }
  | {
      id: number;
      kind: "translate";
      translation: Translation;
      /** What to write to standard output when the translation has ended. */
      marker: string | undefined;
      /** Program to run instead of the WebAssembly. */
      ogr2ogr: string | undefined;
    };

/** What GDAL's process tells. */
export type Report =
  | { kind: "progress"; bytes: number }
  /** The program that now runs for it; undefined when it has ended. */
  | { kind: "program"; pid: number | undefined }
  | { kind: "done"; id: number; value: string; said: readonly string[] }
  | { kind: "failed"; id: number; ranOut: boolean; message: string; said: readonly string[] };
