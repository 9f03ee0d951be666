/** Amounts and moments as people read them, with their units. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const NUMBER = new Intl.NumberFormat('en');

/** `1,234,567`. */
export function grouped(n: number): string {
  return NUMBER.format(n);
}

/** `1 job`, `1,000 jobs`; `plural` for nouns that take more than an s. */
export function count(n: number, noun: string, plural = noun + 's'): string {
  return `${grouped(n)} ${n === 1 ? noun : plural}`;
}

/** A time of `milliseconds` in its largest unit: `4 s`, `12 min`, `3 h`, `8 d`. */
export function span(milliseconds: number): string {
  const time = Math.max(0, milliseconds);
  if (time < MINUTE) {
    return `${Math.floor(time / SECOND)} s`;
  }
  if (time < HOUR) {
    return `${Math.floor(time / MINUTE)} min`;
  }
  return time < DAY ? `${Math.floor(time / HOUR)} h` : `${grouped(Math.floor(time / DAY))} d`;
}

/** How long ago a moment was; empty when it is not known. A clock that is ahead gives `0 s`. */
export function age(at: number | null, now: number): string {
  return at === null ? '' : span(now - at);
}

/** A moment by the browser's clock, whole: for titles. Empty when it is not known. */
export function moment(at: number | null): string {
  if (at === null) {
    return '';
  }
  const local = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${day} ${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`;
}

/** The text as one line of at most `width` characters. */
export function oneLine(text: string, width: number): string {
  // What is far behind the cut is not looked at: a statement may be a megabyte.
  const line = text
    .slice(0, width * 8)
    .replace(/\s+/g, ' ')
    .trim();
  const letters = Array.from(line);
  return letters.length <= width
    ? line
    : letters
        .slice(0, width - 1)
        .join('')
        .trimEnd() + '…';
}
