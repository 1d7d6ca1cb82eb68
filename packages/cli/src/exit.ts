/** What the process answers to its caller. Printed by `carto-ts --help`. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  sql: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  limit: 7,
  timeout: 8,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
