// The screen of a terminal as data: what programs write (text and the control sequences of ECMA-48 and xterm)
// becomes rows of cells. Nothing here knows the page.

import { PLAIN, styled } from "./styles.js";

const KEPT_LINES = 2000; // that have left the screen at its top
const EAST_ASIAN = "\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff";
const WIDE = new RegExp(`[${EAST_ASIAN}\\ufe30-\\ufe6f\\uff00-\\uff60\\u{1f300}-\\u{1faff}]`, "u");
const JOINED = /\p{Mark}|\u200d|\ufe0f/u;
const CONTROL = "\\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])";
const TITLE = "\\]([^\\x07\\x1b]*)(?:\\x07|\\x1b\\\\)";
const SEQUENCE = new RegExp(`^(?:${CONTROL}|${TITLE}|[()*+#].|[^[\\]()*+#])`, "s");
const UNFINISHED = /^(?:\[[<-?]?[0-9;:]*[ -/]*|\][^\x07\x1b]*\x1b?|[()*+#]?)$/s;
const LONGEST_SEQUENCE = 4096;

const blank = (style = PLAIN) => ({ text: " ", style });

export class Screen {
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.answer = () => {}; // takes what the terminal says to the program
    this.reset();
  }

  reset() {
    this.past = [];
    this.lines = this.empty(this.rows);
    this.main = null; // the lines beside the alternate screen
    this.modes = { wraps: true, cursor: true, appKeys: false, paste: false };
    this.style = PLAIN;
    this.row = this.column = 0;
    this.saved = null;
    this.pending = "";
    this.setRegion(0, this.rows - 1);
  }

  empty(count) {
    return Array.from({ length: count }, () => this.emptyLine());
  }

  emptyLine() {
    return Array.from({ length: this.columns }, () => blank());
  }

  setRegion(top, bottom) {
    [this.top, this.bottom] = [top, bottom];
  }

  resize(rows, columns) {
    const fit = (lines, isMain) => {
      for (const line of lines) {
        while (line.length < columns) line.push(blank());
        line.length = columns;
      }
      while (lines.length > rows) {
        if (this.row < lines.length - 1 || !isMain) lines.pop();
        else {
          this.past.push(lines.shift());
          this.row -= 1;
        }
      }
      this.columns = columns;
      while (lines.length < rows) lines.push(this.emptyLine());
    };
    fit(this.lines, this.main === null);
    if (this.main) fit(this.main, false);
    [this.rows, this.columns] = [rows, columns];
    this.row = Math.min(Math.max(this.row, 0), rows - 1);
    this.column = Math.min(this.column, columns - 1);
    this.setRegion(0, rows - 1);
  }

  write(text) {
    let rest = this.pending + text;
    this.pending = "";
    while (rest) {
      const escape = rest.indexOf("\x1b");
      this.plain(escape < 0 ? rest : rest.slice(0, escape));
      if (escape < 0) return;
      rest = rest.slice(escape + 1);
      const found = SEQUENCE.exec(rest);
      if (!found && UNFINISHED.test(rest) && rest.length < LONGEST_SEQUENCE) {
        this.pending = `\x1b${rest}`;
        return;
      }
      if (found) {
        if (found[4]) this.control(found[1], found[2], found[3], found[4]);
        else if (found[5] === undefined) this.escape(found[0]);
        rest = rest.slice(found[0].length);
      }
    }
  }

  plain(text) {
    for (const each of text) {
      if (each >= " " && each !== "\x7f") this.put(each);
      else if (each === "\n" || each === "\v" || each === "\f") this.lineFeed();
      else if (each === "\r") this.column = 0;
      else if (each === "\b") this.column = Math.max(0, Math.min(this.column, this.columns - 1) - 1);
      else if (each === "\t") this.column = Math.min(this.columns - 1, (this.column & ~7) + 8);
    }
  }

  put(text) {
    if (JOINED.test(text)) {
      const before = this.lines[this.row][Math.max(0, this.column - 1)];
      if (before) before.text += text;
      return;
    }
    const width = WIDE.test(text) ? 2 : 1;
    if (this.column + width > this.columns) {
      if (!this.modes.wraps) this.column = this.columns - width;
      else {
        this.column = 0;
        this.lineFeed();
      }
    }
    const line = this.lines[this.row];
    line[this.column] = { text, style: this.style };
    if (width === 2 && this.column + 1 < this.columns)
      line[this.column + 1] = { text: "", style: this.style };
    this.column += width;
  }

  lineFeed() {
    if (this.row === this.bottom) this.scrollUp(1);
    else if (this.row < this.rows - 1) this.row += 1;
  }

  scrollUp(count) {
    for (let done = 0; done < Math.min(count, this.rows); done++) {
      const [gone] = this.lines.splice(this.top, 1);
      this.lines.splice(this.bottom, 0, this.emptyLine());
      if (this.top === 0 && !this.main) this.past.push(gone);
    }
    if (this.past.length > KEPT_LINES) this.past.splice(0, this.past.length - KEPT_LINES);
  }

  scrollDown(count) {
    for (let done = 0; done < Math.min(count, this.rows); done++) {
      this.lines.splice(this.bottom, 1);
      this.lines.splice(this.top, 0, this.emptyLine());
    }
  }

  escape(sequence) {
    if (sequence === "7") this.saved = { row: this.row, column: this.column, style: this.style };
    else if (sequence === "8") this.restore();
    else if (sequence === "D") this.lineFeed();
    else if (sequence === "E") [this.column] = [0, this.lineFeed()];
    else if (sequence === "M") this.row === this.top ? this.scrollDown(1) : this.move(-1, 0);
    else if (sequence === "c") this.reset();
  }

  restore() {
    const { row, column, style } = this.saved ?? { row: 0, column: 0, style: PLAIN };
    this.at(row, column);
    this.style = style;
  }

  at(row, column) {
    this.row = Math.min(Math.max(row, 0), this.rows - 1);
    this.column = Math.min(Math.max(column, 0), this.columns - 1);
  }

  move(rows, columns) {
    this.at(this.row + rows, Math.min(this.column, this.columns - 1) + columns);
  }

  control(mark, text, between, final) {
    if (between) return;
    const numbers = text.split(/[;:]/).map(Number);
    const n = Math.min(Math.max(numbers[0], 1), 1000);
    if (mark === "?" && (final === "h" || final === "l")) {
      for (const mode of numbers) this.setMode(mode, final === "h");
    } else if (!mark) this.act(final, n, numbers, text);
  }

  act(final, n, numbers, text) {
    const line = this.lines[this.row];
    const here = Math.min(this.column, this.columns - 1);
    const actions = {
      A: () => this.move(-n, 0),
      B: () => this.move(n, 0),
      C: () => this.move(0, n),
      D: () => this.move(0, -n),
      E: () => this.at(this.row + n, 0),
      F: () => this.at(this.row - n, 0),
      G: () => this.at(this.row, n - 1),
      "`": () => this.at(this.row, n - 1),
      d: () => this.at(n - 1, this.column),
      H: () => this.at(n - 1, Math.max(numbers[1] ?? 1, 1) - 1),
      f: () => this.at(n - 1, Math.max(numbers[1] ?? 1, 1) - 1),
      J: () => this.eraseDisplay(numbers[0]),
      K: () => this.eraseLine(numbers[0]),
      X: () => this.erase(line, here, here + n),
      P: () => this.shift(line, here, -n),
      "@": () => this.shift(line, here, n),
      L: () => this.inside(() => this.scrollDown(n)),
      M: () => this.inside(() => this.scrollUp(n)),
      S: () => this.scrollUp(n),
      T: () => this.scrollDown(n),
      m: () => (this.style = styled(this.style, text ? numbers : [0])),
      r: () => {
        this.setRegion(n - 1, Math.min(numbers[1] || this.rows, this.rows) - 1);
        if (this.top >= this.bottom) this.setRegion(0, this.rows - 1);
        this.at(0, 0);
      },
      s: () => this.escape("7"),
      u: () => this.restore(),
      c: () => this.answer("\x1b[?1;2c"),
      n: () => {
        if (numbers[0] === 5) this.answer("\x1b[0n");
        if (numbers[0] === 6) this.answer(`\x1b[${this.row + 1};${here + 1}R`);
      },
    };
    actions[final]?.();
  }

  // Lines are inserted and deleted from the cursor to the end of the region.
  inside(act) {
    if (this.row < this.top || this.row > this.bottom) return;
    const { top } = this;
    const main = this.main;
    [this.top, this.main] = [this.row, this.lines]; // so that no line goes to the past
    act();
    [this.top, this.main, this.column] = [top, main, 0];
  }

  erase(line, from, to) {
    for (let at = Math.max(0, from); at < Math.min(to, this.columns); at++)
      line[at] = blank({ ...PLAIN, back: this.style.back });
  }

  eraseLine(which) {
    const here = Math.min(this.column, this.columns - 1);
    this.erase(this.lines[this.row], which ? 0 : here, which === 1 ? here + 1 : this.columns);
  }

  eraseDisplay(which) {
    if (which === 3) this.past = [];
    if (which < 2) this.eraseLine(which);
    this.lines.forEach((line, row) => {
      if (which === 2 || (which === 0 && row > this.row) || (which === 1 && row < this.row))
        this.erase(line, 0, this.columns);
    });
  }

  shift(line, at, count) {
    const rest = line.slice(count < 0 ? at - count : at);
    const kept = count < 0 ? rest : [...Array.from({ length: count }, () => blank()), ...rest];
    line.splice(at, this.columns, ...kept);
    while (line.length < this.columns) line.push(blank());
    line.length = this.columns;
  }

  setMode(mode, isOn) {
    if (mode === 1) this.modes.appKeys = isOn;
    else if (mode === 7) this.modes.wraps = isOn;
    else if (mode === 25) this.modes.cursor = isOn;
    else if (mode === 2004) this.modes.paste = isOn;
    else if (mode === 1049 || mode === 1047 || mode === 47) this.alternate(isOn);
  }

  alternate(isOn) {
    if (isOn === (this.main !== null)) return;
    if (isOn) {
      this.escape("7");
      [this.main, this.lines] = [this.lines, this.empty(this.rows)];
    } else {
      [this.lines, this.main] = [this.main, null];
      this.restore();
    }
    this.setRegion(0, this.rows - 1);
  }
}
