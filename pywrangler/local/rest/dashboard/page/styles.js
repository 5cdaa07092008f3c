// The styles of a terminal's text: what "select graphic rendition" changes, and how the page shows it.

export const PLAIN = Object.freeze({ fore: null, back: null, marks: "" });

const MARKS = { 1: "bold", 2: "dim", 3: "italic", 4: "under", 7: "inverse", 9: "struck" };
const OFF = { 22: ["bold", "dim"], 23: ["italic"], 24: ["under"], 27: ["inverse"], 29: ["struck"] };
const LEVELS = [0, 95, 135, 175, 215, 255];

const marked = (style, add, remove = []) => {
  const kept = style.marks.split(" ").filter((mark) => mark && mark !== add && !remove.includes(mark));
  return { ...style, marks: [...kept, ...(add ? [add] : [])].join(" ") };
};

// The colour of an extended sequence, and how many numbers it took.
function extended(numbers) {
  if (numbers[0] === 5) return [indexed(numbers[1] ?? 0), 2];
  if (numbers[0] === 2) {
    const parts = numbers.slice(1, 4).map((part) => Math.min(part || 0, 255));
    return [`rgb(${parts.join(" ")})`, 4];
  }
  return [null, 1];
}

function indexed(number) {
  if (number < 16) return number;
  if (number > 231) {
    const grey = 8 + (Math.min(number, 255) - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const at = number - 16;
  const parts = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((part) => LEVELS[part]);
  return `rgb(${parts.join(" ")})`;
}

// The style after the numbers of a sequence.
export function styled(style, numbers) {
  let next = style;
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at];
    if (number === 0) next = PLAIN;
    else if (MARKS[number]) next = marked(next, MARKS[number]);
    else if (OFF[number]) next = marked(next, null, OFF[number]);
    else if (number === 38 || number === 48) {
      const [colour, taken] = extended(numbers.slice(at + 1));
      next = { ...next, [number === 38 ? "fore" : "back"]: colour };
      at += taken;
    } else if (number === 39) next = { ...next, fore: null };
    else if (number === 49) next = { ...next, back: null };
    else if (number >= 30 && number <= 37) next = { ...next, fore: number - 30 };
    else if (number >= 40 && number <= 47) next = { ...next, back: number - 40 };
    else if (number >= 90 && number <= 97) next = { ...next, fore: number - 82 };
    else if (number >= 100 && number <= 107) next = { ...next, back: number - 92 };
  }
  return next;
}

const colour = (value) => (typeof value === "number" ? `var(--ansi-${value})` : value);

// Gives an element the style. Colours are set one by one: the page allows no styles in attributes.
export function dress(element, style, isCursor) {
  element.className = [style.marks, isCursor ? "cursor" : ""].filter(Boolean).join(" ");
  const [fore, back] = [colour(style.fore), colour(style.back)];
  const isInverse = style.marks.includes("inverse");
  element.style.color = (isInverse ? (back ?? "var(--card)") : fore) ?? "";
  element.style.backgroundColor = (isInverse ? (fore ?? "var(--text)") : back) ?? "";
}
