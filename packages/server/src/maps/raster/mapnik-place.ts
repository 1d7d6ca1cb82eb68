import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Where Mapnik is on this machine, and what a process needs to load it. */
export interface MapnikPlace {
  /** The addon, which `process.dlopen` loads. */
  addon: string;
  /** Folder of the fonts that come with it. */
  fonts: string;
  /** Variables that must be set before the process that loads it starts. */
  env: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

/**
 * Finds the optional package `@mapnik/mapnik`; undefined where it isn't installed, or not made for this platform.
 *
 * Its install scripts are not needed: what they would set up is a few folders, which the environment can name.
 */
export function findMapnik(): MapnikPlace | undefined {
  const target = `${process.platform}-${process.arch}`;
  try {
    const mapnik = dirname(require.resolve("@mapnik/mapnik/package.json"));
    const core = dirname(createRequire(join(mapnik, "package.json")).resolve(`@mapnik/core-${target}/package.json`));
    const share = join(mapnik, "share");
    return {
      addon: require.resolve(join(mapnik, "prebuilds", target, "@mapnik+mapnik.node")),
      fonts: join(mapnik, "lib/mapnik/fonts"),
      env: {
        [process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH"]: join(core, "lib"),
        ICU_DATA: join(share, "icu"),
        PROJ_LIB: join(share, "proj"),
        PROJ_DATA: join(share, "proj"),
        GDAL_DATA: join(share, "gdal"),
      },
    };
  } catch {
    return undefined;
  }
}
