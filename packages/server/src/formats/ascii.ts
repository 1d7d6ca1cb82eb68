/** ASCII tab, by its byte value, as all of this file's constants: wire text is scanned without being decoded. */
export const TAB = 0x09;
/** ASCII line feed. */
export const NEWLINE = 0x0a;
/** ASCII space, the first byte that is no control character. */
export const SPACE = 0x20;
/** `"` */
export const QUOTE = 0x22;
/** `)` */
export const CLOSE_PARENTHESIS = 0x29;
/** `,` */
export const COMMA = 0x2c;
/** `-` */
export const MINUS = 0x2d;
/** `9`, the last of the digits. */
export const NINE = 0x39;
/** `=` */
export const EQUALS = 0x3d;
/** `[` */
export const OPEN_BRACKET = 0x5b;
/** `\` */
export const BACKSLASH = 0x5c;
/** `]` */
export const CLOSE_BRACKET = 0x5d;
/** `t`, as in true. */
export const LOWER_T = 0x74;
/** `x`, as in hexadecimal. */
export const LOWER_X = 0x78;
/** `{` */
export const OPEN_BRACE = 0x7b;
/** `}` */
export const CLOSE_BRACE = 0x7d;
