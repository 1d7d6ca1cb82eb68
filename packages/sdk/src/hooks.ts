import type { ResponseMeta } from "./meta.ts";

/** A request as hooks see it: without the key or token, wherever that travels. */
export interface RequestEvent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Counted from 1. */
  readonly attempt: number;
}

/** How an attempt ended: with an answer's head, or without one. */
export interface ResponseEvent extends RequestEvent {
  readonly meta: ResponseMeta | undefined;
  /** Why there is no answer. */
  readonly error: unknown;
  /** Milliseconds from sending to the answer's head. */
  readonly duration: number;
}

/** Called around every attempt, to log or to measure. They can't change anything. */
export interface Hooks {
  onRequest?(event: RequestEvent): void;
  onResponse?(event: ResponseEvent): void;
}
