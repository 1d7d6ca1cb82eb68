import type { World } from "./world.ts";

/** A row of a result. */
export type Row = Record<string, unknown>;

/** The rows that the master key gets. */
export const rows = async (world: World, q: string): Promise<Row[]> => (await world.carto.sql.query<Row>(q)).rows;

/** The values of the first row. */
export const values = async (world: World, q: string): Promise<unknown[]> =>
  Object.values((await rows(world, q))[0] ?? {});

/** The first value of the first row. */
export const value = async (world: World, q: string): Promise<unknown> => (await values(world, q))[0];
