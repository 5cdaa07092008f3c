// What a key sends to a program on a terminal, as xterm does.

const FIXED = {
  Enter: "\r",
  Backspace: "\x7f",
  Tab: "\t",
  Escape: "\x1b",
  Insert: "\x1b[2~",
  Delete: "\x1b[3~",
  PageUp: "\x1b[5~",
  PageDown: "\x1b[6~",
  F1: "\x1bOP",
  F2: "\x1bOQ",
  F3: "\x1bOR",
  F4: "\x1bOS",
  F5: "\x1b[15~",
  F6: "\x1b[17~",
  F7: "\x1b[18~",
  F8: "\x1b[19~",
  F9: "\x1b[20~",
  F10: "\x1b[21~",
  F12: "\x1b[24~",
};
const MOVES = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D", Home: "H", End: "F" };

// The text to send for an event of a key; null if it is the browser's: text that an `input` event brings, and
// its own shortcuts, such as Ctrl+Shift+C.
export function typed(event, isApplication) {
  const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (metaKey || (ctrlKey && shiftKey)) return null;
  if (key === "Tab" && shiftKey) return "\x1b[Z";
  if (MOVES[key]) {
    const modifier = 1 + (shiftKey ? 1 : 0) + (altKey ? 2 : 0) + (ctrlKey ? 4 : 0);
    if (modifier > 1) return `\x1b[1;${modifier}${MOVES[key]}`;
    return `\x1b${isApplication ? "O" : "["}${MOVES[key]}`;
  }
  if (FIXED[key]) return (altKey ? "\x1b" : "") + FIXED[key];
  if (key.length !== 1) return null;
  if (ctrlKey && !altKey) {
    if (key === " ") return "\0";
    const code = key.toUpperCase().charCodeAt(0);
    return code >= 63 && code < 96 ? String.fromCharCode(code === 63 ? 127 : code & 31) : null;
  }
  if (altKey && !ctrlKey && /^[ -~]$/.test(key)) return `\x1b${key}`;
  return null;
}
