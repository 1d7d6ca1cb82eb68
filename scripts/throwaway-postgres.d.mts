/** The folder of `initdb` and `pg_ctl`; undefined where there is none. */
export function findBinaries(): string | undefined;
/** Whether PostGIS is installed for the binaries in `folder`. */
export function hasPostgis(folder: string): boolean;
/** Starts a cluster; `stop` ends and removes it. */
export function startCluster(): Promise<{ url: string; stop: () => void }>;
