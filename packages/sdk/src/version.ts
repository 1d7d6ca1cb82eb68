/** Version of this package, as sent in `User-Agent` and in the client id. */
export const VERSION = "0.1.0";
