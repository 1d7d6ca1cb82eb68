import type { Inspection, StatementFacts } from "./inspect.ts";

/** A statement that the key at hand may not send. */
export class RefusedStatementError extends Error {
  override readonly name = "RefusedStatementError";
}

/** Statements that keys other than master may send; the role decides on what. */
const ALLOWED = new Set([
  "Select",
  "Insert",
  "Update",
  "Delete",
  "Merge",
  "Explain",
  "Copy",
  "Transaction",
  "VariableShow",
  "Create",
  "CreateTableAs",
  "Index",
  "View",
  "AlterTable",
  "Drop",
  "Truncate",
  "Rename",
  "Comment",
  "CreateSeq",
  "AlterSeq",
  "RefreshMatView",
  "Vacuum",
  "Cluster",
]);

/** Statements that no key may send: they would change what a key's role is. */
const FORBIDDEN = new Set([
  "AlterRole",
  "AlterRoleSet",
  "CreateRole",
  "DropRole",
  "GrantRole",
  "DropOwned",
  "ReassignOwned",
]);

/** Statements that one shared session can't carry. */
const SHARED_SESSION_FORBIDDEN = new Set([
  "Listen",
  "Unlisten",
  "Notify",
  "Prepare",
  "Execute",
  "Deallocate",
  "DeclareCursor",
]);

/** Functions that run a text as a query, which nobody has looked at. */
const RUNS_TEXT = /^(?:(?:query|table|schema|database|cursor)_to_xml.*|ts_stat|ts_rewrite)$/;

const ROLE_SETTINGS = new Set(["role", "session_authorization"]);

/** Who sends a text. */
export interface Sender {
  /** Whether the key is the account's master key. */
  isMaster: boolean;
  /** Whether all keys share one session of the database. */
  sharedSession: boolean;
}

/**
 * Refuses statements that the sender may not send.
 *
 * On PostgreSQL the key's login role is the fence and this is the second one; on the embedded engine, where the role
 * is set on a shared session, this keeps keys from becoming another.
 *
 * @throws {@link RefusedStatementError} naming the statement.
 */
export function refuseForbidden(inspection: Inspection, sender: Sender): void {
  for (const statement of inspection.statements) {
    const refused = refusedType(statement, sender);
    if (refused !== undefined) throw new RefusedStatementError(`permission denied for ${statementName(refused)}`);
  }
  const runs = sender.isMaster ? undefined : inspection.functions.find((name) => RUNS_TEXT.test(name));
  if (runs !== undefined) throw new RefusedStatementError(`permission denied for function ${runs}`);
}

function refusedType(statement: StatementFacts, sender: Sender): string | undefined {
  if (statement.setting !== undefined && ROLE_SETTINGS.has(statement.setting)) return `SET ${statement.setting}`;
  if (statement.discardsAll) return "DISCARD ALL";
  return [statement.type, ...statement.nested].find(
    (type) =>
      FORBIDDEN.has(type) ||
      (sender.sharedSession && SHARED_SESSION_FORBIDDEN.has(type)) ||
      (!sender.isMaster && !ALLOWED.has(type)),
  );
}

/** `CreateFunction` becomes `CREATE FUNCTION`; names with a blank are names already. */
function statementName(type: string): string {
  if (type.includes(" ")) return type;
  if (type === "VariableSet") return "SET";
  return type.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
}

/**
 * Functions after which a connection is as it was before. What is not listed may have changed a setting, taken a lock
 * or moved a sequence, and costs the connection a reset.
 */
const HARMLESS = new Set(
  (
    "count sum avg min max stddev variance array_agg string_agg json_agg jsonb_agg json_build_object jsonb_build_object " +
    "row_to_json to_json to_jsonb bool_and bool_or every coalesce nullif greatest least abs ceil ceiling floor round trunc " +
    "mod power sqrt exp ln log random sin cos tan asin acos atan atan2 degrees radians pi sign lower upper length " +
    "char_length substr substring replace trim ltrim rtrim btrim left right lpad rpad concat concat_ws format split_part " +
    "position strpos regexp_replace regexp_matches regexp_split_to_table md5 now current_date clock_timestamp date_trunc " +
    "date_part extract age to_char to_date to_timestamp to_number make_date make_timestamp generate_series unnest " +
    "array_length array_to_string string_to_array row_number rank dense_rank percent_rank ntile lag lead first_value " +
    "last_value width_bucket percentile_cont percentile_disc mode jsonb_array_elements json_array_elements " +
    "jsonb_each jsonb_object_keys jsonb_typeof current_schema version pg_typeof postgis_version " +
    "cdb_xyz_extent cdb_xyz_resolution cdb_transformtowebmercator cdb_zoomfromscale cdb_latlng cdb_jenksbins " +
    "cdb_quantilebins cdb_equalintervalbins cdb_headstailsbins cdb_hexagongrid cdb_rectanglegrid cdb_makehexagon " +
    "cdb_greatcircle cdb_usertables cdb_columnnames cdb_columntype"
  ).split(" "),
);

/** Whether a SELECT can't have changed the state of its connection. */
export function isHarmless(inspection: Inspection): boolean {
  return (
    inspection.statements.every(
      (statement) => statement.type === "Select" && statement.nested.every((type) => type === "Select"),
    ) && inspection.functions.every((name) => HARMLESS.has(name) || name.startsWith("st_"))
  );
}
