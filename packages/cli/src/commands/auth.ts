import type { Command } from "commander";
import { type LoginFlags, login, logout } from "../config/login.ts";
import { showStatus } from "../config/status.ts";
import { reflow } from "../help.ts";
import { runs, type Session } from "../session.ts";

const GROUP = `Store servers and keys in profiles, and see which are in use

Examples:
  $ carto-ts auth login --url https://you.carto.com
  $ carto-ts auth login --profile local --url http://127.0.0.1:8080/user/dev < key.txt
  $ carto-ts auth status
  $ carto-ts sql "select 1" --profile local

Profiles are kept in ~/.config/carto-ts/profiles.json ($XDG_CONFIG_HOME), which only you can read.
The profile used without a name is called default.`;

const LOGIN = `Check a server and a key, and store them in a profile

Examples:
  $ carto-ts auth login                                   asks for both
  $ carto-ts auth login --url https://you.carto.com       asks for the key, without showing it
  $ pass carto | carto-ts auth login --url https://you.carto.com --profile work
  $ carto-ts auth login --url https://you.carto.com --no-key`;

/** `carto-ts auth …`. */
export function addAuth(program: Command, session: Session): void {
  const group = program.command("auth").summary("store servers and keys in profiles").description(reflow(GROUP));
  const loginCommand = group
    .command("login")
    .summary("check and store a server and a key")
    .description(reflow(LOGIN))
    .option("--no-key", "store the server only, for public data")
    .option("--no-check", "store without asking the server");
  runs<[], LoginFlags>(loginCommand, session, login);
  const status = group
    .command("status")
    .summary("show which server and key are in use")
    .description("Show which server and key are in use, where they come from, and whether the server takes them");
  runs<[], object>(status, session, showStatus);
  const logoutCommand = group
    .command("logout")
    .summary("remove a profile")
    .description("Remove a profile with its key (--profile names another than default)");
  runs<[], object>(logoutCommand, session, logout);
}
