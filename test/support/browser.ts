import { existsSync } from "node:fs";
import { createRequire } from "node:module";

/** What is used of playwright-core's Page. */
export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  url(): string;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "request", listener: (request: { url(): string; headers(): Record<string, string> }) => void): void;
  on(event: "dialog", listener: (dialog: { message(): string; dismiss(): Promise<void> }) => void): void;
  evaluate<A, R>(use: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  waitForFunction(holds: () => unknown, argument: undefined, options: { timeout: number }): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  focus(selector: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  isVisible(selector: string): Promise<boolean>;
  innerText(selector: string): Promise<string>;
  screenshot(options?: { path?: string }): Promise<Buffer>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  mouse: { move(x: number, y: number): Promise<void>; click(x: number, y: number): Promise<void> };
  keyboard: { press(key: string): Promise<void> };
}

/** What is used of playwright-core's Browser. */
export interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}

const require = createRequire(new URL("../clients/package.json", import.meta.url));

/** Where Chromium is; undefined where it isn't installed. */
export const chromiumPath: string | undefined = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== "" && existsSync(path));

/** Whether there is what drives a browser. */
export const hasPlaywright: boolean = existsSync(
  new URL("../clients/node_modules/playwright-core/package.json", import.meta.url),
);

/** Starts Chromium without a window; WebGL is drawn by the processor. */
export async function launchChromium(): Promise<Browser> {
  const { chromium } = require("playwright-core") as { chromium: { launch(options: object): Promise<Browser> } };
  const args = ["--no-sandbox", "--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader"];
  return chromium.launch({ executablePath: chromiumPath, args: [...args, "--enable-unsafe-swiftshader"] });
}
